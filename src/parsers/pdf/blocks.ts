import type { Line } from "./pdf-content.ts";

const TABLE_ROWS_MIN = 3;
/** In parts of the font's size. */
const PARAGRAPH_GAP = 1.9;
const ALIGNED = 0.8;
const BULLET = /^\s*[•●○■▪‣–∙◦]\s*/;
const NUMBERED = /^\s*(?:\d{1,2}[.)]|\(\w\)|[a-z]\))\s+\S/;

/** Lines of a section as Markdown: paragraphs with their words joined, lists, code in fences, tables. */
export function toMarkdown(lines: readonly Line[]): string {
  const blocks: string[] = [];
  for (let index = 0; index < lines.length;) {
    const code = runOf(lines, index, (line) => line.mono && line.text.trim() !== "");
    if (code.length > 0) {
      blocks.push(codeBlock(code));
      index += code.length;
      continue;
    }
    const table = tableFrom(lines, index);
    if (table.length >= TABLE_ROWS_MIN) {
      blocks.push(tableBlock(table));
      index += table.length;
      continue;
    }
    const paragraph = paragraphFrom(lines, index);
    blocks.push(paragraphText(paragraph));
    index += paragraph.length;
  }
  return blocks.filter((block) => block !== "").join("\n\n");
}

function runOf(lines: readonly Line[], start: number, wanted: (line: Line) => boolean): Line[] {
  const run: Line[] = [];
  for (let index = start; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined || !wanted(line)) break;
    run.push(line);
  }
  return run;
}

function codeBlock(lines: readonly Line[]): string {
  const left = lines.reduce((least, { x }) => Math.min(least, x), Number.POSITIVE_INFINITY);
  const widths = lines.map(({ width, text }) => width / Math.max(text.length, 1)).sort((one, other) => one - other);
  const character = widths[Math.floor(widths.length / 2)] || 5;
  const code: string[] = [];
  for (const [index, line] of lines.entries()) {
    const before = lines[index - 1];
    if (before !== undefined && line.column === before.column && line.y - before.y > line.size * PARAGRAPH_GAP)
      code.push("");
    code.push(" ".repeat(Math.max(Math.round((line.x - left) / character), 0)) + line.text);
  }
  const fence = code.some((text) => text.includes("```")) ? "````" : "```";
  return [fence, ...code, fence].join("\n");
}

/** Rows from `start` on whose cells stand under each other. */
function tableFrom(lines: readonly Line[], start: number): Line[] {
  const first = lines[start];
  if (first === undefined || first.cells.length < 2) return [];
  const table = runOf(lines, start, (line) => {
    if (line.cells.length < 2 || line.column !== first.column) return false;
    const aligned = line.cells.filter((cell) =>
      first.cells.some((other) => Math.abs(other.x - cell.x) < line.size * ALIGNED),
    );
    return aligned.length >= Math.min(2, line.cells.length);
  });
  return table;
}

function tableBlock(rows: readonly Line[]): string {
  const starts: number[] = [];
  for (const { cells, size } of rows) {
    for (const { x } of cells) if (!starts.some((start) => Math.abs(start - x) < size * ALIGNED * 2)) starts.push(x);
  }
  starts.sort((one, other) => one - other);
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const written = rows.map(({ cells }) => {
    const texts = starts.map(() => "");
    for (const { text, x } of cells) {
      const distances = starts.map((start) => Math.abs(start - x));
      const column = distances.indexOf(Math.min(...distances));
      texts[column] = [texts[column], text].filter((part) => part !== "").join(" ");
    }
    return line(texts);
  });
  return [written[0], line(starts.map(() => "---")), ...written.slice(1)].join("\n");
}

function paragraphFrom(lines: readonly Line[], start: number): Line[] {
  const paragraph: Line[] = [];
  for (let index = start; index < lines.length; index++) {
    const line = lines[index];
    const before = paragraph.at(-1);
    if (line === undefined) break;
    if (before !== undefined) {
      if (line.mono || BULLET.test(line.text) || NUMBERED.test(line.text)) break;
      if (index > start && tableFrom(lines, index).length >= TABLE_ROWS_MIN) break;
      const gap = line.y - before.y;
      // Upwards: the next column or page goes on with the sentence.
      if (line.column === before.column && gap > Math.max(line.size, before.size) * PARAGRAPH_GAP) break;
      if (Math.abs(line.size - before.size) > before.size * 0.2) break;
      if (gap < 0 && /[.!?:]\s*$/.test(before.text)) break;
    }
    paragraph.push(line);
  }
  return paragraph;
}

function paragraphText(lines: readonly Line[]): string {
  let text = "";
  for (const line of lines) {
    const next = line.text.trim();
    if (text === "") text = next;
    // A word that was parted at the end of a line; not a compound (`double-` `Click`), nor a dash.
    else if (/\p{Ll}-$/u.test(text) && /^\p{Ll}/u.test(next)) text = text.slice(0, -1) + next;
    else
      text +=
        (/[\u3000-\u9fff\uff00-\uffef]$/.test(text) && /^[\u3000-\u9fff\uff00-\uffef]/.test(next) ? "" : " ") + next;
  }
  const bullet = BULLET.exec(text);
  if (bullet !== null) return `- ${text.slice(bullet[0].length)}`;
  // A line that looks like a heading or a fence of Markdown is none.
  return text.replace(/^(#{1,6}\s|```|~~~)/, "\\$1");
}
