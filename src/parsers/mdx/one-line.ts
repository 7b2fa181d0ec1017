// A row of a table, or a heading.
const ONE_LINE = /^[ \t]*(?:>[ \t]*)*(?:\||#{1,6}[ \t])/;

/** Whether a place of `page` is in a line that must stay one. Ask for places in ascending order: each line is looked at once. */
export function isOnOneLine(page: string): (at: number) => boolean {
  let lineEnd = -1;
  let answer = false;
  return (at) => {
    if (at < lineEnd) return answer;
    const lineStart = page.lastIndexOf("\n", at - 1) + 1;
    const newline = page.indexOf("\n", at);
    lineEnd = newline < 0 ? page.length : newline;
    answer = ONE_LINE.test(page.slice(lineStart, Math.min(lineEnd, lineStart + 200)));
    return answer;
  };
}
