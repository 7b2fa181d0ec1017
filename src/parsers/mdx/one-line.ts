// A row of a table with a bar at its edge, or a heading.
const ONE_LINE = /^[ \t]*(?:>[ \t]*)*(?:\||#{1,6}[ \t])/;

const DELIMITER_ROW = /^[-:|> \t]+$/gm;
const BLANK_LINE = /\n[> \t]*\n/g;

/** Whether a place of `page` is in a line that must stay one. Ask for places in ascending order: each line is looked at once. */
export function isOnOneLine(page: string): (at: number) => boolean {
  let lineEnd = -1;
  let answer = false;
  const isInTable = tableFinder(page);
  return (at) => {
    if (at < lineEnd) return answer;
    const lineStart = page.lastIndexOf("\n", at - 1) + 1;
    const newline = page.indexOf("\n", at);
    lineEnd = newline < 0 ? page.length : newline;
    answer = ONE_LINE.test(page.slice(lineStart, Math.min(lineEnd, lineStart + 200))) || isInTable(lineStart, lineEnd);
    return answer;
  };
}

/** Whether a line is a row of a table that may have bars in its middle only. */
function tableFinder(page: string): (lineStart: number, lineEnd: number) => boolean {
  const tables = Array.from(page.matchAll(DELIMITER_ROW))
    .filter(([row]) => row.includes("|") && row.includes("-"))
    .map(({ index }) => ({ start: page.lastIndexOf("\n", index - 2) + 1, index }));
  let next = 0;
  let end = -1;
  return (lineStart, lineEnd) => {
    while ((tables[next]?.start ?? Number.POSITIVE_INFINITY) <= lineStart) {
      BLANK_LINE.lastIndex = tables[next]?.index ?? 0;
      if (BLANK_LINE.lastIndex >= end) end = BLANK_LINE.exec(page)?.index ?? page.length;
      next++;
    }
    return lineStart < end && page.slice(lineStart, lineEnd).includes("|");
  };
}
