/** Escapes go where the character means itself without them: `ON\_CLOSE` is written so for renderers, not for readers. */
export function isPlainEscape(page: string, at: number): boolean {
  const character = page[at + 1] ?? "";
  const next = page[at + 2] ?? "";
  if ("<>{}=&$%@~^:;,?\"'/()".includes(character)) return true;
  if (character === "!") return next !== "[";
  if (character === "_") return /\w/.test(page[at - 1] ?? "") && /\w/.test(next);
  if (character === "\\") return /\w/.test(next);
  // Those that make a heading or a list at the start of a line.
  return "-+#.".includes(character) && !/(?:^|\n)[ \t]*\d*$/.test(page.slice(Math.max(0, at - 20), at));
}
