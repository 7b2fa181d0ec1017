import { hasWord } from "./words.ts";

/** What a question says with marks of search engines. */
export type Wording = {
  /** The question without what is to be left out. */
  readonly text: string;
  /** `"in quotes"`: words that stand side by side in what answers. */
  readonly phrases: readonly string[];
  /** `-word`: what answers does not have it. */
  readonly excluded: readonly string[];
};

/** What is longer, or has several lines, is pasted text: its quotes and dashes are its own. */
const CHARACTERS_MAX = 1_000;
const EACH_MAX = 8;

/** Not `a$ = "x"`, `call(1, "x")`: those are texts of programs. */
const PHRASE = /(?<!\S|[=,(<>+&|]\s*)(?:"([^"]+)"|“([^”]+)”)(?=[.,;:?!]*(?:\s|$))/gu;
/** Code, too, whose dashes are none of ours. */
const QUOTED = /"[^"]*"|“[^”]*”|`[^`]*`/g;
/** Not `--flag`, `-v`, `-1`, `a - b`, `x-y`, `-p,`. */
const EXCLUDED = /(?<!\S)-(\p{L}[\p{L}\p{N}_.]*[\p{L}\p{N}_])(?!\S)/gu;

/** `names`: words in small letters that are names with the dash before them, which then is no mark. */
export function wordingOf(question: string, names: ReadonlySet<string> = new Set()): Wording {
  const text = question.trim();
  if (text.length > CHARACTERS_MAX || text.includes("\n")) return { text: question, phrases: [], excluded: [] };
  const phrases = [...text.matchAll(PHRASE)].map(([, straight, curly]) => (straight ?? curly ?? "").trim());
  const dashed = [...masked(text).matchAll(EXCLUDED)];
  const excluded = dashed.filter(([, word = ""]) => !names.has(word.toLowerCase())).slice(0, EACH_MAX);
  const rest = excluded.reduceRight((left, { 0: word, index }) => without(left, index, word.length), text);
  const isAll = !hasWord(rest);
  return {
    text: isAll ? question : rest,
    phrases: phrases.filter(hasWord).slice(0, EACH_MAX),
    excluded: isAll ? [] : excluded.flatMap(([, word]) => word ?? []),
  };
}

/** Of the same length, without what is quoted. */
function masked(text: string): string {
  return text.replace(QUOTED, (quoted) => '"'.repeat(quoted.length));
}

function without(text: string, from: number, length: number): string {
  return `${text.slice(0, from).trimEnd()} ${text.slice(from + length).trimStart()}`.trim();
}
