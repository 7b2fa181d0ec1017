import { decodeEntities } from "../text/entities.ts";
import { withoutDataUris } from "../text/markdown.ts";
import { SENTENCE_END } from "../text/sentences.ts";
import type { Document } from "./parser.ts";

/** What a page says of itself where its readers do not see it, as it stands there. */
export type OwnWords = { readonly description: string; readonly keywords: readonly string[] };

type Page = Pick<Document, "title" | "contextHeader" | "content">;

/** Who lists more means to be found, not to be understood. */
const KEYWORDS_MAX = 20;
const KEYWORD_CHARACTERS_MAX = 80;
/** More are not looked at. */
const KEYWORDS_READ_MAX = 200;
/** What is longer is no description: its beginning is enough. */
const CHARACTERS_MAX = 10_000;
/** What is shorter may be in a text by chance. */
const SAID_WORDS_MIN = 4;
const BEGINNING_CHARACTERS_MIN = 4;

// Between backticks they are what the page is about.
/** What templates of site generators leave where nobody filled them in. */
const TEMPLATE =
  /(?<!`)(?:\{\{[^{}]*\}\}|\{%[^{}]*%\}|<%[^<>]*%>|<\?[^<>]*\?>|\[%[^[\]]*%\]|<!--[^<>]*-->)|^\s*\$\{[^{}]*\}\s*$/g;
/** Elements that have an end, since texts about HTML name tags. */
const ELEMENT =
  /(?<!`)<(a|b|big|code|div|em|font|h[1-6]|i|kbd|li|mark|ol|p|small|span|strong|sub|sup|tt|u|ul)(?:\s[^<>]*)?>([^<>]*)<\/\1>/gi;
const EMPTY_ELEMENT = /(?<!`)<[a-z][\w.]*(?:\s[^<>]*)?\/>/gi;
const ELEMENTS_WITHIN_MAX = 3;
/** Of scripts that do not part words. */
const WITHOUT_SPACES =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}]/u;
/** What excerpts do not have of a text: numbers of items, and the lines around code. */
const MARKS = /^[ \t>]*(?:\d{1,9}[.)](?=[ \t])|(?:[-*+][ \t]+)?(?:```|~~~).*$)/gm;
const LINK = /!?\[([^[\]]*)\]\([^()]*\)/g;

const list = (words: string): ReadonlySet<string> => new Set(words.split(" "));
/** What stands beside the title in a description that says no more. */
const FILLING = list(
  "a an the and of for to in on with about this that here is are it its your our you learn more see page pages topic section article document documentation docs doc guide overview introduction reference help information info details tutorial manual",
);
/** What stands where there is no description yet, and beside that. */
const PLACEHOLDERS = list(
  "todo tbd fixme wip n na none null undefined true false untitled placeholder description summary abstract lorem coming keyword keywords keyword1 keyword2 keyword3 tag tags tag1 tag2 tag3",
);
const BESIDE_PLACEHOLDERS = list(
  "insert enter add write put type text content soon blank empty short brief new meta ipsum dolor sit amet default",
);

/**
 * What a page says of itself, as far as it is not in its text: its description, and below that its keywords. "" for nothing
 * new, which placeholders are, and the title once more.
 */
export function aboutPage({ description, keywords }: OwnWords, { title, contextHeader, content }: Page): string {
  if (description.trim() === "" && keywords.length === 0) return "";
  const said = [contextHeader, title, content.replace(MARKS, " ")].map((text) => ` ${wordsOf(text)} `).join("|");
  const text = notSaid(sentencesOf(description), said);
  const sentences = saysSomething(text, `${contextHeader} ${title}`) ? text : "";
  const others = newKeywords(keywords, `${said}| ${wordsOf(sentences)} `);
  return [sentences, others.join(", ")].filter((part) => part !== "").join("\n\n");
}

/** The keywords of a text that lists them. */
export function keywordsIn(text: string): string[] {
  return text.split(/[,;\n，、；]/);
}

function sentencesOf(description: string): string[] {
  const sentences = plain(description.slice(0, CHARACTERS_MAX)).split(SENTENCE_END);
  return description.length > CHARACTERS_MAX && sentences.length > 1 ? sentences.slice(0, -1) : sentences;
}

/** The sentences that are not in the text; those too short to tell go with the others. */
function notSaid(sentences: readonly string[], said: string): string {
  const isSaid = (sentence: string) => isIn(said, wordsOf(sentence));
  if (isSaid(sentences.join(" ")) || sentences.every(isSaid)) return "";
  return sentences
    .filter((sentence) => wordsOf(sentence).split(" ").length < SAID_WORDS_MIN || !isSaid(sentence))
    .join(" ");
}

/** Whether a description is more than its page's name, and no placeholder. */
function saysSomething(description: string, name: string): boolean {
  const words = wordsOf(description).split(" ");
  const known = FILLING.union(new Set(["", ...wordsOf(name).split(" ")]));
  const isPlaceholder = words.some((word) => PLACEHOLDERS.has(word));
  const empty = isPlaceholder ? known.union(PLACEHOLDERS).union(BESIDE_PLACEHOLDERS) : known;
  return words.some((word) => !empty.has(word));
}

function newKeywords(keywords: readonly string[], said: string): string[] {
  const found = new Map<string, string>();
  for (const keyword of keywords.slice(0, KEYWORDS_READ_MAX).map(plain)) {
    const words = wordsOf(keyword);
    if (keyword.length > KEYWORD_CHARACTERS_MAX || found.has(words)) continue;
    const isPlaceholder = words.split(" ").every((word) => word === "" || PLACEHOLDERS.has(word));
    // An entry below another one, as an index has it, may be in the text by parts.
    const isSaid = keyword.split(": ").every((part) => isIn(said, wordsOf(part)));
    if (!isPlaceholder && !isSaid) found.set(words, keyword);
    if (found.size === KEYWORDS_MAX) break;
  }
  return [...found.values()];
}

/** Whether words are said, if need be as the beginnings of longer ones: "panel" where "panels" are, but not "go" for "good". */
function isIn(said: string, words: string): boolean {
  if (WITHOUT_SPACES.test(words)) return said.includes(words);
  return said.includes(words.length < BEGINNING_CHARACTERS_MIN ? ` ${words} ` : ` ${words}`);
}

/** On one line, without the markup and the placeholders that it should not have had. */
function plain(text: string): string {
  let bare = withoutDataUris(text).replace(TEMPLATE, " ").replace(EMPTY_ELEMENT, " ").replace(LINK, "$1");
  for (let depth = 0; depth < ELEMENTS_WITHIN_MAX; depth++) bare = bare.replace(ELEMENT, " $2 ");
  return decodeEntities(bare)
    .replace(/\s+/g, " ")
    .replace(/ (?=[.,;:!?](?:\s|$))/g, "")
    .trim();
}

/** Letters and digits alone, so that marks, markup and a cut at the end make no difference. */
function wordsOf(text: string): string {
  return decodeEntities(text)
    .replace(LINK, "$1")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, " ")
    .trim();
}
