/** What the comments at the head of a program say about it. */
export type Description = {
  /** Paragraphs of prose; "" when there is no such comment. */
  readonly text: string;
  /** The first sentence, short enough for a header; "" likewise. */
  readonly summary: string;
};

/** A run of comment lines. */
type Block = {
  readonly lines: readonly string[];
  /** `/**` or `/*`, before any class: written for readers of the file, wherever it stands. Inside of a class it is about a member. */
  readonly isDoc: boolean;
  /** Only `use` and the like stand before it. */
  readonly isHead: boolean;
};

/** How much of a comment is looked at. */
const LINES_MAX = 200;
const LINE_CHARACTERS_MAX = 500;
const TEXT_CHARACTERS_MAX = 800;
const SUMMARY_CHARACTERS_MAX = 120;
const WRAPPED_CHARACTERS_MIN = 60;
const REM = /^[ \t]*(?:\d+[ \t]+)?rem(?:[ \t]|$|(?=['"*]))(.*)$/i;
const PREAMBLE = /^[ \t]*(?:\d+[ \t]+)?(?:use\b|rem[ \t]+package\b|package\b|\?|begin[ \t]*$|precision\b|setopts\b|$)/i;
const NO_PROSE = /^(?:(?:package|use)[ \t]+\S+|let[ \t].*|[\w.]+[!$%]?[ \t]*=.*|https?:\S+)$/i;
const LICENCE = /copyright|\(c\)|©|licen[cs]e|all rights reserved|warrant(?:y|ies)|this file is part of/i;

// `WINDOW 101 "Title" 0 0 200 100`, `BUTTON 1, "Label", 10, 10, 90, 25`, `GRIDCOLTITLE 0, "Name"`, `TAB "Rows" 0 51`, `SHORTCUE "Hint"`.
const LABEL = /^[ \t]*((?:SHORT|LONG)CUE|TAB|[A-Z][A-Z-]*[ \t]{1,20}\d{1,20}),?[ \t]{1,20}"([^"\n]+)"/gm;

/**
 * Finds the comment that describes a program: the first one at its head, else its first doc comment. Licences, commented
 * code and the name of the file do not count.
 */
export function describe(code: string, file: string): Description {
  const blocks = commentBlocks(code);
  const first = (some: readonly Block[]) => some.map(({ lines }) => prose(lines, file)).find((text) => text !== "");
  const text = first(blocks.filter(({ isHead }) => isHead)) ?? first(blocks.filter(({ isDoc }) => isDoc)) ?? "";
  return { text: shortened(text, TEXT_CHARACTERS_MAX), summary: firstSentence(text) };
}

/** What the windows of an ASCII resource file say: their titles, then the labels of their controls. */
export function describeResource(resource: string): Description {
  const titles = new Set<string>();
  const labels = new Set<string>();
  for (const [, kind = "", label = ""] of resource.matchAll(LABEL)) {
    // One "&" marks the key of a label.
    const words = label.replace(/&(&?)/g, "$1").replaceAll("```", "'''").trim();
    if (/\p{L}/u.test(words)) (kind.includes("WINDOW") ? titles : labels).add(words);
  }
  const lines = [
    ...(titles.size > 0 ? [`Windows: ${[...titles].join(", ")}`] : []),
    ...(labels.size > 0 ? [`Labels: ${[...labels].join(", ")}`] : []),
  ];
  const summary = shortened([...titles].join(", "), SUMMARY_CHARACTERS_MAX);
  return { text: shortened(lines.join("\n\n"), TEXT_CHARACTERS_MAX), summary };
}

function commentBlocks(code: string): Block[] {
  const blocks: Block[] = [];
  let lines: string[] = [];
  let isDoc = false;
  let inDoc = false;
  let isHead = true;
  let inClass = false;
  const end = () => {
    if (lines.length > 0) blocks.push({ lines, isDoc, isHead });
    lines = [];
    isDoc = false;
    inDoc = false;
  };
  for (const line of code.split("\n")) {
    const rem = REM.exec(line)?.[1];
    const text = (rem ?? line).trim();
    const opens = text.startsWith("/*");
    if (opens && !inDoc) end();
    if (rem === undefined && !opens && !inDoc) {
      end();
      isHead &&= PREAMBLE.test(line);
      inClass ||= /^[ \t]*(?:class|interface)\b/i.test(line);
      continue;
    }
    if (opens) {
      isDoc = !inClass;
      inDoc = true;
    }
    if (lines.length < LINES_MAX) lines.push(text.slice(0, LINE_CHARACTERS_MAX));
    if (inDoc && text.endsWith("*/")) end();
  }
  end();
  return blocks;
}

/** The paragraphs of a comment, without its decoration, its tags (`@author`) and its licence. */
function prose(lines: readonly string[], file: string): string {
  const paragraphs = [""];
  let before = "";
  for (const line of lines.map(undecorated)) {
    if (line.startsWith("@")) break;
    if (line.toLowerCase() === file.toLowerCase()) continue;
    const isProse = line !== "" && !NO_PROSE.test(line);
    if (!isProse || paragraphs.at(-1) === "") paragraphs.push(isProse ? line : "");
    else paragraphs.push(`${paragraphs.pop() ?? ""}${isWrapped(before, line) ? " " : "\n"}${line}`);
    before = line;
  }
  return paragraphs.filter((paragraph) => /\p{L}{2}/u.test(paragraph) && !LICENCE.test(paragraph)).join("\n\n");
}

/** Whether a line goes on with the sentence of the one before it. */
function isWrapped(before: string, line: string): boolean {
  return before.length >= WRAPPED_CHARACTERS_MIN || /^\p{Ll}/u.test(line);
}

/** A line of a comment without stars, boxes, rules and what Markdown would take for markup. */
function undecorated(line: string): string {
  const text = line
    .replace(/^\/?\*+|(?<!\*)\*+\/?$/g, "")
    .replace(/^[\s'"#=~|+_*-]{2,}|(?<![\s'"#=~|+_*-])[\s'"#=~|+_*-]{2,}$/g, "")
    .replace(/^["'#](?=.)|["']$/g, "")
    .trim();
  return /[\p{L}\p{N}]/u.test(text) ? text.replaceAll("```", "'''") : "";
}

function firstSentence(text: string): string {
  const line = text.split("\n")[0] ?? "";
  const sentence = /^.*?[.!?](?=\s|$)/.exec(line)?.[0] ?? line;
  return shortened(sentence, SUMMARY_CHARACTERS_MAX).replace(/[.:]$/, "");
}

/** Cut behind a word. */
function shortened(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const words = text.slice(0, charactersMax - 1).replace(/\s+\S*$/, "");
  return `${words}…`;
}
