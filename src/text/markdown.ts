/** A fenced code block as its first line opens it. */
export type Fence = {
  /** What stands before the mark: indentation, `>` of quotes, the bullet of a list item. */
  readonly prefix: string;
  readonly mark: string;
};

/** The bullet or the number of a list item. */
const BULLET = String.raw`(?:[-*+]|\d{1,9}[.)])`;
// Any indentation: MDX has no indented code, and fences inside of JSX and lists stand as deep as these do.
const OPENING_FENCE = new RegExp(String.raw`^((?:[ \t]*(?:>|${BULLET}(?=[ \t])))*[ \t]*)(` + "`{3,}(?=[^`]*$)|~{3,})");
const CLOSING_FENCE = /^(?:[ \t]*>)*[ \t]*(`{3,}|~{3,})[ \t]*$/;
const HEADING = /^ {0,3}(#{1,6})(?:\s(.*))?$/s;
const HEADING_OR_FENCE = /^(?:#{1,6}\s|```|~~~)/;
const ITEM = new RegExp(String.raw`^\s*${BULLET}\s+\S`);
const DATA_URI = /data:[\w.+-]+\/[\w.+-]+(?:;[\w=.+-]+)*,[^\s)"'<>\]]*/g;
// Longer than any that is an example.
const LONG_DATA_URI = /(data:[\w.+-]+\/[\w.+-]+)(?:;[\w=.+-]+)*,[^\s)"'<>\]`]{64,}/g;

/** The fence that a line opens. */
export function openFence(line: string): Fence | undefined {
  if (!line.includes("```") && !line.includes("~~~")) return undefined;
  const match = OPENING_FENCE.exec(line);
  return match === null ? undefined : { prefix: match[1] ?? "", mark: match[2] ?? "" };
}

/** Whether a line closes an open fence. */
export function closesFence(line: string, { mark }: Fence): boolean {
  if (!line.includes(mark)) return false;
  return CLOSING_FENCE.exec(line)?.[1]?.startsWith(mark) ?? false;
}

/** Whether a line ends the block quote that a fence stands in, and so the fence. */
export function leavesQuote(line: string, { prefix }: Fence): boolean {
  return prefix.includes(">") && !line.trimStart().startsWith(">");
}

/** Whether a line stands left of a fence: if the fence stands in an item of a list, both have ended. */
export function standsLeftOf(line: string, { prefix }: Fence): boolean {
  const indent = line.search(/\S/);
  return indent >= 0 && indent < prefix.length;
}

/** What stands before a line of a quote or a list, for the lines below it: a bullet is for the first line only. */
export function blankBullets(prefix: string): string {
  return prefix.replace(/[^\s>]/g, " ");
}

/** The level and the words of a line that is a heading, without the number signs that may close it. */
export function headingOf(line: string): { readonly level: number; readonly text: string } | undefined {
  const match = line.includes("#") ? HEADING.exec(line) : null;
  if (match === null) return undefined;
  const [, signs = "", words = ""] = match;
  return { level: signs.length, text: ` ${words.trim()}`.replace(/\s#+$/, "").trim() };
}

/** Whether a line begins an item of a list. */
export function isItem(line: string): boolean {
  return ITEM.test(line);
}

/** `code` as a fenced code block, between fences longer than any in it. */
export function codeBlock(code: string, language: string): string {
  // Not spread into one call: code may have more runs than a call takes arguments.
  const longest = (code.match(/`{3,}/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const mark = "`".repeat(longest + 1);
  return `${mark}${language}\n${code.endsWith("\n") ? code : `${code}\n`}${mark}`;
}

/** Whether text at the start of a line would be read as a heading or a fence. */
export function beginsBlock(text: string): boolean {
  return HEADING_OR_FENCE.test(text);
}

/** Embedded images say nothing to a reader of text. */
export function withoutDataUris(text: string): string {
  return text.includes("data:") ? text.replace(DATA_URI, "") : text;
}

/** Long data URIs cut down to what kind they are; short ones are examples and stay. */
export function withoutLongData(text: string): string {
  return text.includes("data:") ? text.replace(LONG_DATA_URI, "$1") : text;
}

/** `code` as inline code, between as many backticks as it has nowhere in a row. */
export function codeSpan(code: string): string {
  const runs = new Set((code.match(/`+/g) ?? []).map(({ length }) => length));
  let length = 1;
  while (runs.has(length)) length++;
  const mark = "`".repeat(length);
  return /^`|`$/.test(code) ? `${mark} ${code} ${mark}` : `${mark}${code}${mark}`;
}
