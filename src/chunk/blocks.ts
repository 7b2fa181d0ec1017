/** A piece of Markdown that is not cut without need. `lines` are its own, unchanged. */
export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly text: string }
  | { readonly kind: "code"; readonly open: string; readonly lines: readonly string[]; readonly close: string }
  | { readonly kind: "table"; readonly lines: readonly string[] }
  | { readonly kind: "text"; readonly lines: readonly string[] };

const FENCE = /^(\s*(?:[-*+]\s+|\d+[.)]\s+|>\s?)*)(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})(?:\s(.*))?$/s;
/** A longer one is a paragraph: the context header would have room for a part of it only. */
const HEADING_CHARACTERS_MAX = 300;
const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s+\S/;
// Of a line without white space around it: one that begins with it would be read in as many ways as there are spaces.
const TABLE_RULE = /^\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$/;
const RULE = /^ {0,3}(?:-{3,}|\*{3,}|_{3,}|(?:- ){2,}-|(?:\* ){2,}\*)\s*$/;
const SETEXT = /^ {0,3}(=+|-+)\s*$/;
const DATA_URI = /data:[\w.+-]+\/[\w.+-]+(?:;[\w=.+-]+)*,[^\s)"'>\]]*/g;

/** Splits Markdown into blocks: headings, fenced code, tables, list items, paragraphs. Linear in the text. */
export function scanBlocks(markdown: string): Block[] {
  const lines = markdown.split("\n");
  const blocks: Block[] = [];
  let text: string[] = [];
  const endText = () => {
    if (text.some((line) => line.trim() !== "")) blocks.push({ kind: "text", lines: text });
    text = [];
  };
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? "";
    const fence = line.includes("```") || line.includes("~~~") ? FENCE.exec(line) : null;
    if (fence !== null) {
      endText();
      index = scanCode(lines, index, fence[2] ?? "```", blocks);
      continue;
    }
    const heading = line.includes("#") ? HEADING.exec(line) : null;
    if (heading !== null) {
      endText();
      const words = headingWords(heading[2] ?? "");
      if (words.length > HEADING_CHARACTERS_MAX) blocks.push({ kind: "text", lines: [withoutData(words)] });
      else if (words !== "") blocks.push({ kind: "heading", level: heading[1]?.length ?? 1, text: words });
      continue;
    }
    const next = lines[index + 1];
    if (line.includes("|") && next?.includes("-") && next.includes("|") && TABLE_RULE.test(next.trim())) {
      endText();
      const start = index;
      while (index + 1 < lines.length && (index === start || (lines[index + 1] ?? "").includes("|"))) index++;
      blocks.push({ kind: "table", lines: lines.slice(start, index + 1).map(withoutData) });
      continue;
    }
    const words = (text[0] ?? "").trim();
    if (text.length === 1 && SETEXT.test(line) && !ITEM.test(words) && words.length <= HEADING_CHARACTERS_MAX) {
      text = [];
      blocks.push({ kind: "heading", level: line.includes("=") ? 1 : 2, text: words });
      continue;
    }
    if (RULE.test(line)) {
      endText();
      continue;
    }
    if (line.trim() === "" || ITEM.test(line)) endText();
    if (line.trim() !== "") text.push(withoutData(line));
  }
  endText();
  return blocks;
}

/** Without the number signs that may close a heading. */
function headingWords(text: string): string {
  return text
    .trim()
    .replace(/(?<=\s)#+$/, "")
    .trimEnd();
}

/** A code block from its opening line on; to the end of the text when it is never closed. Returns its last line. */
function scanCode(lines: readonly string[], start: number, fence: string, blocks: Block[]): number {
  const open = lines[start] ?? "";
  const closing = new RegExp(`^\\s*(?:>\\s?)*${fence[0] === "~" ? "~" : "`"}{${fence.length},}\\s*$`);
  let end = start + 1;
  while (end < lines.length && !closing.test(lines[end] ?? "")) end++;
  const code = lines.slice(start + 1, end);
  const indent = /^\s*/.exec(open)?.[0] ?? "";
  if (code.some((line) => line.trim() !== "")) {
    blocks.push({ kind: "code", open, lines: code, close: lines[end] ?? indent + fence });
  }
  return end;
}

/** Embedded images say nothing to a reader of text. */
function withoutData(line: string): string {
  return line.includes("data:") ? line.replace(DATA_URI, "") : line;
}
