import { contextHeader } from "../enrich/context-header.ts";
import { generationsOfCode } from "../enrich/generations.ts";
import { sourceType } from "../enrich/source-type.ts";
import { decodeText } from "./decode-text.ts";
import { fileParser } from "./file-parser.ts";
import type { ParsedInput } from "./parser.ts";

/** Signs of BBj; a text file needs two of them, one with a BBj extension none. */
const SIGNS: readonly RegExp[] = [
  /^\s*(?:\d+\s+)?rem\b/im,
  /^\s*(?:\d+\s+)?open\s*\(/im,
  /^\s*(?:\d+\s+)?print\b/im,
  /^\s*class\s+public\b/im,
  /^\s*method\s+(?:public|private|protected)\b/im,
  /\bPROCESS_EVENTS\b/i,
  /\bBBjAPI\b/i,
  /\bSYSGUI\b/i,
  /^\s*use\s+::/im,
  /^\s*declare\b/im,
  /^\s*methodend\b/im,
  /^\s*field\s+(?:public|private|protected)\b/im,
  /^\s*(?:\d+\s+)?begin\b[\s\S]*?^\s*(?:\d+\s+)?(?:wend|return|escape)\b/im,
];
const SIGNS_IN_TEXT_FILES = 2;
const DESCRIPTION_CHARACTERS_MAX = 160;
/** Tokenised programs begin with it, as the interpreter saves them. */
const TOKENISED = "<<bbj>>";

/** BBj programs and classes: one document a file, the code in one fence, described by its first comment. */
export const bbjSource = fileParser({
  name: "bbj-source",
  version: 1,
  extensions: [".bbj", ".bbjt", ".src", ".txt"],
  sourceType,
  parseFile(file, source): ParsedInput {
    const { bytes } = file;
    const skipped = (reason: string): ParsedInput => ({
      documents: [],
      notes: [{ kind: "skipped", path: file.path, reason }],
    });
    if (isBinary(bytes)) return skipped("a tokenised (binary) program; save it as text to have it ingested");
    const code = decodeText(bytes);
    if (code.trim() === "") return skipped("empty");
    if (!isBBj(code, file.path)) return skipped("not recognised as BBj source");
    const name = file.path.split("/").at(-1) ?? file.path;
    const title =
      /^\s*class\s+(?:(?:public|private|protected|static|abstract|final)\s+)*([A-Za-z_]\w*)/im.exec(code)?.[1] ?? name;
    const comment = firstComment(code);
    const summary = comment.split("\n").find((line) => line !== "") ?? "";
    const section = summary === "" ? name : `${name} -- ${shortened(summary)}`;
    return {
      documents: [
        {
          sourceUrl: `file://${file.path}`,
          title,
          docType: "example",
          content: [comment, fenced(code)].filter((part) => part !== "").join("\n\n"),
          generations: generationsOfCode(code, source.generationTag),
          contextHeader: contextHeader(["BBj Source Code", section], title === name ? section : title),
          deprecated: false,
          displayUrl: "",
          metadata: { file: file.path },
        },
      ],
      notes: [],
    };
  },
});

function isBinary(bytes: Uint8Array): boolean {
  const head = bytes.subarray(0, 8_192);
  if (new TextDecoder("latin1").decode(head.subarray(0, TOKENISED.length)) === TOKENISED) return true;
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (utf16) return false;
  const odd = head.reduce(
    (sum, byte) =>
      sum +
      (byte === 0 || (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 26) ? 1 : 0),
    0,
  );
  return odd > head.length / 100;
}

function isBBj(code: string, path: string): boolean {
  if (/\.bbjt?$/i.test(path)) return true;
  const needed = /\.txt$/i.test(path) ? SIGNS_IN_TEXT_FILES : 1;
  return SIGNS.filter((sign) => sign.test(code)).length >= needed;
}

/** The text of the comment block a file begins with: `rem` lines, `rem /** ... *\/` or `/** ... *\/`. */
function firstComment(code: string): string {
  const words: string[] = [];
  let inBlock = false;
  for (const line of code.split("\n")) {
    const rem = /^\s*(?:\d+\s+)?(?:rem\b|')\s?(.*)$/i.exec(line);
    const text = rem === null ? line : (rem[1] ?? "");
    if (!inBlock && rem === null && !/^\s*\/\*/.test(line)) {
      if (line.trim() === "" && words.length === 0) continue;
      break;
    }
    if (/\/\*/.test(text)) inBlock = true;
    const ends = /\*\//.test(text);
    words.push(withoutDecoration(text));
    if (ends) break;
  }
  return words
    .join("\n")
    .replace(/\n{2,}/g, "\n\n")
    .trim();
}

/** A comment line without its stars, rules and boxes. */
function withoutDecoration(line: string): string {
  const text = line
    .replace(/^\s*\/\*+|\*+\/\s*$/g, "")
    .replace(/^\s*\*+\s?/, "")
    .trim();
  // A heading, fence or rule in a comment is not Markdown of ours.
  return /[\p{L}\p{N}]/u.test(text) ? text.replace(/^#+\s*/, "").replace(/^(?:`{3,}|~{3,})/, "") : "";
}

function shortened(text: string): string {
  return text.length <= DESCRIPTION_CHARACTERS_MAX
    ? text
    : `${text.slice(0, DESCRIPTION_CHARACTERS_MAX).replace(/\s+\S*$/, "")} ...`;
}

/** The code in a fence that is longer than any in it. */
function fenced(code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/^\s*(`{3,})/gm)].map((match) => match[1]?.length ?? 0));
  const fence = "`".repeat(longest + 1);
  return `${fence}bbj\n${code.replace(/^\n+|\s+$/g, "")}\n${fence}`;
}
