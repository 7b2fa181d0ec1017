import { type IngestError, usageError } from "../flow/errors.ts";

const SHOWN_CHARACTERS_MAX = 80;

/** One error for all `problems` (at least one): the only one as it is, several as a list under `heading`. */
export function problemsError(heading: string, problems: readonly string[], hint?: string): IngestError {
  const list = [`${heading}: ${problems.length} problems`, ...problems.map((problem) => `  ${problem}`)];
  return usageError((problems.length === 1 ? problems : list).join("\n"), hint);
}

/** A value the user gave, as messages quote it: on one line, cut when long, without a URL's password. */
export function shownValue(value: unknown): string {
  const safe = withoutPassword(asText(value));
  return safe.length > SHOWN_CHARACTERS_MAX ? `${safe.slice(0, SHOWN_CHARACTERS_MAX)}...` : safe;
}

/**
 * `text` with `***` for all between `user:` and the last `@`. Greedy, because a password whose characters are not
 * percent-encoded is what makes a URL malformed and brings it into a message.
 */
export function withoutPassword(text: string): string {
  return text.includes("@") ? text.replace(/((?:[a-z][\w+.-]*:\/\/)?[^:/@\s"]*:)[^]*@/i, "$1***@") : text;
}

function asText(value: unknown): string {
  if (value instanceof Date) return value.toISOString();
  // TOML has the numbers that JSON has not: inf and nan.
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}
