/** What a note of clack takes of each line. */
const BORDER_COLUMNS = 6;
/** What it puts before each line of a text. */
const GUIDE_COLUMNS = 4;
const COLUMNS_ELSE = 80;
/** Longer lines are hard to read. */
const COLUMNS_MAX = 100;
const TEXT_COLUMNS_MIN = 12;

/** Something, and what there is to say of it. */
export type Field = readonly [about: string, text: string];

/** Fields for a note, a line each; what is longer goes on below its beginning. */
export function fieldLines(fields: readonly Field[], columns = COLUMNS_ELSE): string {
  const label = Math.max(...fields.map(([about]) => about.length)) + 2;
  const room = Math.max(Math.min(columns, COLUMNS_MAX) - BORDER_COLUMNS - label, TEXT_COLUMNS_MIN);
  return fields
    .flatMap(([about, text]) =>
      wrapped(text, room).map((line, index) => `${(index === 0 ? about : "").padEnd(label)}${line}`),
    )
    .join("\n");
}

/** The lines of a text of clack, which wraps none. */
export function guidedLines(text: string, columns = COLUMNS_ELSE): string[] {
  return wrapped(text, Math.max(columns - GUIDE_COLUMNS, TEXT_COLUMNS_MIN));
}

/** The lines of a text that has so much room; a word that is longer is cut, for nothing else is in its line. */
function wrapped(text: string, columns: number): string[] {
  return Bun.wrapAnsi(text, columns, { hard: true }).split("\n");
}
