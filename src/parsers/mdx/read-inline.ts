import { readEntity } from "./entities.ts";
import { expressionEnd, expressionText } from "./expression.ts";
import { labelOf } from "./page-facts.ts";
import type { Reading } from "./reading.ts";

const SPECIAL = /[\\`<{&[\]!\n]|data:/g;
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const DATA_URI = /data:[\w.+-]+\/[\w.+-]+(?:;[\w=.+-]+)*,[^\s)"'<>\]]*/y;
// Longer than any that is an example.
const LONG_DATA_URI = /(data:[\w.+-]+\/[\w.+-]+)(?:;[\w=.+-]+)*,[^\s)"'<>\]`]{64,}/g;
const DESTINATION =
  /\(\s*(?:<([^<>\n]*)>|([^\s()\\]*(?:(?:\\.|\([^\s()]*\))[^\s()\\]*)*))(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*\)/y;
// Some write spaces in the paths of images; no reader wants to see these.
const LOOSE_DESTINATION = /\((?:[^()\n]|\([^()\n]*\))*\)/y;
const REFERENCE = /\[([^[\]\n]*)\]/y;
/** CommonMark's own bound. */
const LABEL_CHARACTERS_MAX = 999;

/** Takes what begins at `<` out of a reading; the part of inline text that knows elements. */
export type ReadAngle = (reading: Reading) => void;

/** Reads text up to `limit`, or up to the end of the line that `reading` is on. Returns whether the line ended. */
export function readInline(reading: Reading, limit: number, readAngle: ReadAngle): boolean {
  const { text } = reading;
  while (reading.at < limit) {
    SPECIAL.lastIndex = reading.at;
    const next = Math.min(SPECIAL.exec(text)?.index ?? limit, limit);
    reading.take(text.slice(reading.at, next), next);
    if (next === limit) return false;
    if (text[next] === "\n") {
      endLine(reading);
      return true;
    }
    readSpecial(reading, readAngle);
  }
  return false;
}

/** Ends a line. One that had nothing but a comment leaves no trace. */
export function endLine(reading: Reading): void {
  const isBlank = reading.prose.lineIsBlank;
  if (isBlank && reading.commentOnLine) reading.prose.dropLine();
  else {
    reading.inParagraph = !isBlank;
    reading.prose.write("\n");
  }
  reading.commentOnLine = false;
  reading.at++;
}

function readSpecial(reading: Reading, readAngle: ReadAngle): void {
  const { text, at, prose } = reading;
  switch (text[at]) {
    case "\\":
      return readEscape(reading);
    case "`":
      return readCodeSpan(reading);
    case "<":
      return readAngle(reading);
    case "{":
      return readExpression(reading);
    case "&": {
      const entity = readEntity(text, at);
      const decoded = entity?.text === "|" && reading.oneLine ? "\\|" : entity?.text;
      return reading.take(decoded ?? "&", entity?.end ?? at + 1);
    }
    case "[":
      prose.openBracket("link", at + 1);
      reading.at++;
      return;
    case "]":
      return readClosingBracket(reading);
    case "!":
      if (text[at + 1] !== "[") return reading.take("!", at + 1);
      prose.openBracket("image", at + 2);
      reading.at += 2;
      return;
    default:
      DATA_URI.lastIndex = at;
      return DATA_URI.test(text) ? reading.take("", DATA_URI.lastIndex) : reading.take("data:", at + 5);
  }
}

/** Escapes go where the character means itself without them: `ON\_CLOSE` is written so for renderers, not for readers. */
function readEscape(reading: Reading): void {
  const { text, at } = reading;
  const character = text[at + 1] ?? "";
  const next = text[at + 2] ?? "";
  if (!PUNCTUATION.test(character)) return reading.take("\\", at + 1);
  return reading.take(isPlain(character, next, text, at) ? character : `\\${character}`, at + 2);
}

function isPlain(character: string, next: string, text: string, at: number): boolean {
  if ("<>{}=&$%@~^:;,?\"'/()".includes(character)) return true;
  if (character === "!") return next !== "[";
  if (character === "_") return /\w/.test(text[at - 1] ?? "") && /\w/.test(next);
  if (character === "\\") return /\w/.test(next);
  // Those that make a heading or a list at the start of a line.
  return "-+#.".includes(character) && !/(?:^|\n)[ \t]*\d*$/.test(text.slice(Math.max(0, at - 20), at));
}

function readCodeSpan(reading: Reading): void {
  const { text, at, paragraphEnd, lonelyRuns } = reading;
  let runEnd = at;
  while (text[runEnd] === "`") runEnd++;
  const length = runEnd - at;
  const end = lonelyRuns.has(length) ? -1 : codeSpanEnd(text, runEnd, length, paragraphEnd);
  if (end < 0) {
    lonelyRuns.add(length);
    return reading.take(text.slice(at, runEnd), runEnd);
  }
  const span = text.slice(at, end);
  return reading.take(span.includes("data:") ? span.replace(LONG_DATA_URI, "$1") : span, end);
}

function codeSpanEnd(text: string, from: number, length: number, limit: number): number {
  for (let at = text.indexOf("`", from); at >= 0 && at < limit;) {
    let runEnd = at;
    while (text[runEnd] === "`") runEnd++;
    if (runEnd - at === length) return runEnd;
    at = text.indexOf("`", runEnd);
  }
  return -1;
}

function readExpression(reading: Reading): void {
  const { text, at, prose } = reading;
  // Only an expression that stands on lines of its own may have blank lines in it.
  const limit = prose.lineIsBlank ? text.length : reading.paragraphEnd;
  const end = reading.scans.left > 0 ? expressionEnd(text, at, limit) : -1;
  if (end < 0) {
    reading.scans.left -= limit - at;
    return reading.take("{", at + 1);
  }
  const inner = text.slice(at + 1, end - 1);
  const says = expressionText(inner, reading.declared);
  if (says === undefined) return reading.take("{", at + 1);
  if (says === "") reading.commentOnLine = true;
  return reading.take(says, end);
}

function readClosingBracket(reading: Reading): void {
  const { text, at, prose, facts } = reading;
  const bracket = prose.closeBracket();
  if (bracket === undefined) return reading.take("]", at + 1);
  const isImage = bracket.kind === "image";
  const inline = matchAt(DESTINATION, text, at + 1) ?? (isImage ? matchAt(LOOSE_DESTINATION, text, at + 1) : undefined);
  const reference = inline === undefined ? matchAt(REFERENCE, text, at + 1) : undefined;
  const label = reference?.[1] || text.slice(bracket.from, Math.min(at, bracket.from + LABEL_CHARACTERS_MAX + 1));
  const defined = label.length > LABEL_CHARACTERS_MAX ? undefined : facts.definitions.get(labelOf(label));
  const destination = inline === undefined ? defined : (inline[1] ?? inline[2] ?? "");
  if (destination === undefined && !(isImage && reference !== undefined)) return reading.take("]", at + 1);
  reading.at = at + 1 + ((inline ?? reference)?.[0].length ?? 0);
  if (isImage) prose.image(bracket);
  else prose.link(bracket, destination ?? "");
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
