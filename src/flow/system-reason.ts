const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "links that lead in a circle",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of its path is not a directory",
};

/** Why the operating system refused something, in words. Rethrows what is no error of the operating system. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") throw error;
  const reason = REASONS[error.code];
  return reason === undefined ? error.message : `${reason} (${error.code})`;
}
