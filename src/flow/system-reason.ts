import { messageOf } from "./errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "permission denied",
  EPERM: "permission denied",
  ELOOP: "links that lead in a circle",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of its path is not a directory",
  EROFS: "the file system is read-only",
  ENAMETOOLONG: "its name is too long",
  ENOSPC: "no space is left on its disk",
};

/** The code of an error of the operating system or of Bun, e.g. `ENOENT`; undefined for any other value. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function isMissing(error: unknown): boolean {
  return systemCode(error) === "ENOENT";
}

/** A reason of ours, shaped like one of the operating system. */
export function refusal(message: string, code = "ENOTSUP"): Error {
  return Object.assign(new Error(message), { code });
}

/** Why the operating system refused something, in words. Rethrows what is no error of the operating system. */
export function systemReason(error: unknown): string {
  const code = systemCode(error);
  if (code === undefined) throw error;
  const reason = REASONS[code];
  return reason === undefined ? messageOf(error) : `${reason} (${code})`;
}
