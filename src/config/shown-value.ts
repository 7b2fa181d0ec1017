const SHOWN_CHARACTERS_MAX = 80;

/** A value the user gave, as messages quote it: on one line, cut when long, without the password of a URL. */
export function shownValue(value: unknown): string {
  const text = value instanceof Date ? value.toISOString() : (JSON.stringify(value) ?? String(value));
  const safe = withoutPassword(text);
  return safe.length > SHOWN_CHARACTERS_MAX ? `${safe.slice(0, SHOWN_CHARACTERS_MAX)}...` : safe;
}

/**
 * `text` with `***` for what stands between `scheme://user:` and the last `@`. Also right for the URLs that are
 * malformed because a character of the password is not percent-encoded, and for several URLs in a row.
 */
export function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^:/@\s,]*:)[^\s,]*@/g, "$1***@");
}
