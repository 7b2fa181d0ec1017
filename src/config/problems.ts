import { type Hint, IngestError, usageError } from "../flow/errors.ts";

const SHOWN_CHARACTERS_MAX = 80;
const USER = /[a-z][\w+.-]{0,31}:\/\/[^:@\s"]*:/i;
const USER_WITHOUT_SCHEME = /^[^:@]*:/;

/** One error for all `problems` (at least one): the only one as it is, several as a list under `heading`. */
export function problemsError(heading: string, problems: readonly string[], hint?: Hint): IngestError {
  const list = [`${heading}: ${problems.length} problems`, ...problems.map((problem) => `  ${problem}`)];
  return usageError((problems.length === 1 ? problems : list).join("\n"), hint);
}

/** The problems that an error names, a line each. Rethrows what is none of ours. */
export function problemsOf(error: unknown): string[] {
  if (!(error instanceof IngestError)) throw error;
  const [first = "", ...rest] = error.message.split("\n");
  return rest.length === 0 ? [first] : rest.map((line) => line.trim());
}

/** A value the user gave, as messages quote it: on one line, cut when long, without a URL's password. */
export function shownValue(value: unknown): string {
  const safe = withoutPassword(asText(value));
  return safe.length > SHOWN_CHARACTERS_MAX ? `${safe.slice(0, SHOWN_CHARACTERS_MAX).toWellFormed()}...` : safe;
}

/** `text` with `***` in the place of a URL's password. */
export function withoutPassword(text: string): string {
  return passwordParts(text)
    .map((part) => (part.isPassword ? "***" : part.text))
    .join("");
}

/**
 * A URL in parts, its passwords apart: all between `user:` and the last `@`, and what its query says. Greedy, because a
 * password whose characters are not percent-encoded is what makes a URL malformed and brings it into a message.
 */
export function passwordParts(url: string): readonly { readonly text: string; readonly isPassword: boolean }[] {
  // The directory of an embedded database may have any name.
  if (/^["\s]*pglite:/i.test(url)) return [{ text: url, isPassword: false }];
  const at = Math.max(url.lastIndexOf("@"), 0);
  const user = (url.includes("://") ? USER : USER_WITHOUT_SCHEME).exec(url.slice(0, at));
  const start = user === null ? 0 : user.index + user[0].length;
  const query = url.slice(user === null ? 0 : at).split(/([?&](?:ssl)?password=)([^&#"]*)/i);
  return [
    { text: url.slice(0, start), isPassword: false },
    { text: user === null ? "" : url.slice(start, at), isPassword: user !== null },
    // Every third piece is what stood in the second pair of brackets.
    ...query.map((text, index) => ({ text, isPassword: index % 3 === 2 })),
  ].filter(({ text, isPassword }) => isPassword || text !== "");
}

function asText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  // TOML has the numbers that JSON has not: inf and nan.
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}
