import { closesFence, type Fence, headingOf, isItem, openFence, withoutDataUris } from "../text/markdown.ts";
import { NOTHING, type Size, SPACE, sizeOf } from "./tokens.ts";

/** A piece of Markdown that is not cut without need. `lines` are its own, unchanged. */
export type TextBlock = { readonly lines: readonly string[]; readonly size: Size } & (
  { readonly kind: "code"; readonly open: string; readonly close: string } | { readonly kind: "table" | "text" }
);
type Block = TextBlock | { readonly kind: "heading"; readonly level: number; readonly text: string };

/** A heading with what stands below it. The root has level 0 and no heading. */
export type Section = {
  readonly level: number;
  readonly heading: string;
  readonly blocks: TextBlock[];
  readonly children: Section[];
};

/** A longer one is a paragraph: the context header would have room for a part of it only. */
const HEADING_CHARACTERS_MAX = 300;
// For a line without white space around it: one that begins with it would be read in as many ways as there are spaces.
const TABLE_RULE = /^\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$/;
const RULE = /^ {0,3}(?:-{3,}|\*{3,}|_{3,}|(?:- ){2,}-|(?:\* ){2,}\*)\s*$/;
const SETEXT = /^ {0,3}(=+|-+)\s*$/;

/** Splits Markdown into blocks: headings, fenced code, tables, list items, paragraphs. Linear in the text. */
export function scanBlocks(markdown: string): Block[] {
  const lines = markdown.split("\n");
  const blocks: Block[] = [];
  let text: string[] = [];
  const endText = () => {
    if (text.some((line) => line.trim() !== "")) blocks.push(textBlock(text));
    text = [];
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const fence = openFence(line);
    if (fence !== undefined) {
      endText();
      index = scanCode(lines, index, fence, blocks);
      continue;
    }
    const heading = headingOf(line);
    if (heading !== undefined) {
      endText();
      const { text: words } = heading;
      if (words.length > HEADING_CHARACTERS_MAX) blocks.push(textBlock([withoutDataUris(words)]));
      else if (words !== "") blocks.push({ kind: "heading", ...heading });
      continue;
    }
    const next = lines[index + 1];
    if (line.includes("|") && next?.includes("-") && next.includes("|") && TABLE_RULE.test(next.trim())) {
      endText();
      const start = index;
      while (index + 1 < lines.length && (index === start || (lines[index + 1] ?? "").includes("|"))) index++;
      const rows = lines.slice(start, index + 1).map(withoutDataUris);
      blocks.push({ kind: "table", lines: rows, size: sizeOfLines(rows) });
      continue;
    }
    const words = (text[0] ?? "").trim();
    if (text.length === 1 && SETEXT.test(line) && !isItem(words) && words.length <= HEADING_CHARACTERS_MAX) {
      text = [];
      blocks.push({ kind: "heading", level: line.includes("=") ? 1 : 2, text: words });
      continue;
    }
    if (RULE.test(line)) {
      endText();
      continue;
    }
    if (line.trim() === "" || isItem(line)) endText();
    if (line.trim() !== "") text.push(withoutDataUris(line));
  }
  endText();
  return blocks;
}

/** The blocks of a Markdown text under their headings. */
export function scanSections(markdown: string): Section {
  const root: Section = { level: 0, heading: "", blocks: [], children: [] };
  const open = [root];
  for (const block of scanBlocks(markdown)) {
    if (block.kind !== "heading") {
      open.at(-1)?.blocks.push(block);
      continue;
    }
    while ((open.at(-1)?.level ?? 0) >= block.level) open.pop();
    const section: Section = { level: block.level, heading: block.text, blocks: [], children: [] };
    open.at(-1)?.children.push(section);
    open.push(section);
  }
  return root;
}

/** Lines of prose. */
export function textBlock(lines: readonly string[]): TextBlock {
  return { kind: "text", lines, size: sizeOfLines(lines) };
}

/** What is joined by white space adds up. */
function sizeOfLines(lines: readonly string[]): Size {
  let size = NOTHING - SPACE;
  for (const line of lines) size += sizeOf(line) + SPACE;
  return size;
}

/** The text of a block, as it stood. */
export function textOf(block: TextBlock): string {
  const text = block.lines.join("\n");
  return block.kind === "code" ? `${block.open}\n${text}\n${block.close}` : text;
}

/** A code block from its opening line on; to the end of the text when it is never closed. Returns its last line. */
function scanCode(lines: readonly string[], start: number, fence: Fence, blocks: Block[]): number {
  const open = lines[start] ?? "";
  let end = start + 1;
  while (end < lines.length && !closesFence(lines[end] ?? "", fence)) end++;
  const code = lines.slice(start + 1, end);
  const indent = /^\s*/.exec(open)?.[0] ?? "";
  if (code.some((line) => line.trim() !== "")) {
    const close = lines[end] ?? indent + fence.mark;
    blocks.push({ kind: "code", open, lines: code, close, size: sizeOfLines([open, ...code, close]) });
  }
  return end;
}
