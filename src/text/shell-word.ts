// What an unquoted word may have, so that it means itself in every shell.
const PLAIN = /^[\w@%+:,./][\w@%+:,./-]*$/;
// A terminal obeys control characters, and so does a line editor that they are pasted into.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** `text` as one word of a POSIX shell, on one line. A line break at its very end is lost. */
export function shellWord(text: string): string {
  if (PLAIN.test(text)) return text;
  if (!UNPRINTABLE.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  return `"$(printf '${Array.from(text, formatOf).join("")}')"`;
}

/** A character in a format of `printf`, within single quotes; a dash at its beginning would be an option. */
function formatOf(character: string): string {
  if (character === "%") return "%%";
  if (!"\\'-".includes(character) && !UNPRINTABLE.test(character)) return character;
  return Array.from(Buffer.from(character), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}
