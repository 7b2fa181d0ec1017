// Titles, paths and server messages may hold anything; a terminal would obey it. C1 controls and the marks that turn the
// direction of text are obeyed like escape sequences; ZWJ is not here, it joins emoji.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** JSON that says the same and obeys nothing: a terminal shows it, too, and some readers part lines at U+2028 and C1's NEL. */
export function printableJson(json: string): string {
  return json.replace(CONTROL, escaped);
}

/** `text` on one line, with control characters shown instead of sent to the terminal. */
export function printable(text: string): string {
  return joinedLines(text).replaceAll("\t", " ").replace(CONTROL, escaped);
}

/** `text` with control characters shown, but for the ends of its lines. */
export function printableLines(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(CONTROL, escaped);
}

/** `text` on one line. */
export function joinedLines(text: string): string {
  // Not `\s*\n\s*`, which looks for a line's end from each of many spaces.
  return text.replace(/\s+/g, (space) => (space.includes("\n") ? " " : space));
}

/** Text of another program on one line, without its colours and control characters. */
export function stripped(text: string): string {
  return Bun.stripANSI(text).replace(CONTROL, " ").replace(/\s+/g, " ").trim();
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
