import { beginsFootnote } from "./footnotes.ts";
import { PARAGRAPH_GAP, paragraphAt, paragraphText } from "./paragraph.ts";
import type { Line } from "./pdf-content.ts";
import { tableAt } from "./table.ts";

/**
 * Lines of a section as Markdown: paragraphs with their words joined, lists, code in fences, tables. Footnotes come
 * after the block they interrupt, so that a sentence goes on from one page to the next.
 */
export function toMarkdown(lines: readonly Line[], compounds: ReadonlySet<string>): string {
  const text: Line[] = [];
  const notes: { readonly line: Line; readonly after: number }[] = [];
  for (const line of lines) {
    if (line.note) notes.push({ line, after: text.length });
    else text.push(line);
  }
  const blocks: string[] = [];
  for (let index = 0; index < text.length;) {
    const block = blockAt(text, index, compounds);
    blocks.push(block.markdown);
    index += block.lines;
    const due = notes.findIndex(({ after }) => after > index);
    blocks.push(...footnotes(notes.splice(0, due === -1 ? notes.length : due), compounds));
  }
  blocks.push(...footnotes(notes, compounds));
  return blocks.filter((block) => block !== "").join("\n\n");
}

function blockAt(
  lines: readonly Line[],
  start: number,
  compounds: ReadonlySet<string>,
): { readonly markdown: string; readonly lines: number } {
  const code = codeAt(lines, start);
  if (code.length > 0) return { markdown: codeBlock(code), lines: code.length };
  const table = tableAt(lines, start);
  if (table !== undefined) return table;
  const paragraph = paragraphAt(lines, start);
  return { markdown: paragraphText(paragraph, compounds), lines: paragraph.length };
}

function codeAt(lines: readonly Line[], start: number): Line[] {
  const run: Line[] = [];
  for (let index = start; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined || !line.mono || line.text.trim() === "") break;
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

/** A paragraph for each mark. */
function footnotes(notes: readonly { readonly line: Line }[], compounds: ReadonlySet<string>): string[] {
  const paragraphs: Line[][] = [];
  for (const { line } of notes) {
    const paragraph = paragraphs.at(-1);
    if (paragraph === undefined || beginsFootnote(line)) paragraphs.push([line]);
    else paragraph.push(line);
  }
  return paragraphs.map((paragraph) => paragraphText(paragraph, compounds));
}
