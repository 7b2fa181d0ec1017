import type { Element, ElementContent } from "hast";
import { BLOCKS, CODE_BLOCKS, REPLACED, UNSEEN } from "../html/elements.ts";
import { calledClutter } from "./clutter-names.ts";
import {
  ANSWERS,
  BUTTON,
  CONTENTS_LABEL,
  META_LABEL,
  QUESTION,
  RELATED_LABEL,
  SHARE,
  SHARE_LABEL,
  SHARE_OTHERWISE,
  STEP_DIRECTION,
  STEP_LABEL,
  STEP_NAME,
  STEP_WORDS,
  TOP_WORDS,
} from "./clutter-words.ts";
import { elementsOf } from "./page-links.ts";

/** A text is told from a label by its length, */
const LABEL_CHARACTERS_MAX = 60;
/** or by a sentence. */
const SENTENCE = /(?:[^\s.!?]+\s+){3,}[^\s.!?]*\.(?:\s|$)/;
/** What stands around the links of what is called navigation. */
const AROUND_LINKS_MAX = 150;
const QUESTION_CHARACTERS_MAX = 250;
/** No address of another page is longer. */
const HREF_CHARACTERS_MAX = 2_000;
/** Parts that a heading is read by. */
const NODES_MAX = 100;
/** Fewer links to headings are references. */
const CONTENTS_MIN = 3;

/** Beyond so many characters, what is most of a page is its text, whatever it is called. */
const TEXT_CHARACTERS_MIN = 500;

const CONTROLS: ReadonlySet<string> = new Set("button input textarea select".split(" "));
/** They go with the whole of it, or not at all. */
const PARTS: ReadonlySet<string> = new Set("li dt dd tr td th tbody thead tfoot caption".split(" "));
/** What is known of an element from what it holds. */
type Held = {
  readonly links: number;
  /** Links to share the page with, or to print it. */
  readonly shares: number;
  /** Links to the page before and the page after. */
  readonly steps: number;
  /** Links to headings of the page, called like them. */
  readonly contents: number;
  /** Links to what a theme says of an article: its subjects, its author. */
  readonly metas: number;
  /** Words outside of links: their beginning, and how many characters they are. */
  readonly label: string;
  readonly labelLength: number;
  /** All words: their beginning, and how many characters they are. */
  readonly words: string;
  readonly wordsLength: number;
  readonly hasControls: boolean;
  readonly hasCode: boolean;
};

const NOTHING: Held = {
  links: 0,
  shares: 0,
  steps: 0,
  contents: 0,
  metas: 0,
  label: "",
  labelLength: 0,
  words: "",
  wordsLength: 0,
  hasControls: false,
  hasCode: false,
};

/**
 * What inside of an article is no text of its author: ways to other pages, tables of contents, share bars, questions about the
 * page. It is told by the names that plug-ins and themes give it, and by what it consists of: links of one kind, and their label.
 * What holds code stays, whatever it is called. `unwanted` is left out already.
 */
export function clutterOf(root: Element, unwanted: ReadonlySet<Element>): Set<Element> {
  const headings = elementsOf(root).filter(({ tagName }) => /^h[1-6]$/.test(tagName));
  const looking = new Looking(unwanted, new Set(headings.map((heading) => bare(beginningOf(heading)))));
  const { wordsLength } = looking.element(root, false);
  const isMost = (length: number) => length > TEXT_CHARACTERS_MIN && length * 2 > wordsLength;
  const found = [...looking.found].filter(([element, length]) => element !== root && !isMost(length));
  return new Set(found.map(([element]) => element));
}

class Looking {
  readonly #unwanted: ReadonlySet<Element>;
  readonly #headings: ReadonlySet<string>;
  /** With the characters of each, of what plug-ins make outside of its links. */
  readonly found = new Map<Element, number>();

  constructor(unwanted: ReadonlySet<Element>, headings: ReadonlySet<string>) {
    this.#unwanted = unwanted;
    this.#headings = headings;
  }

  element(element: Element, isWithinStep: boolean): Held {
    const { tagName, properties, children } = element;
    if (this.#unwanted.has(element) || UNSEEN.has(tagName)) return NOTHING;
    if (REPLACED.has(tagName)) return { ...NOTHING, hasControls: CONTROLS.has(tagName) };
    const isStep = isWithinStep || classesOf(element).some((name) => STEP_NAME.test(name));
    const inner = this.#all(children, isStep);
    if (tagName === "a" && typeof properties.href === "string")
      return this.#link(element, properties.href.slice(0, HREF_CHARACTERS_MAX), inner, isStep);
    const held = CODE_BLOCKS.has(tagName) ? { ...inner, hasCode: true } : inner;
    if (isClutter(element, held)) {
      const isPlugin = calledClutter(element) === "by a plug-in";
      this.found.set(element, isPlugin ? held.labelLength : held.wordsLength);
    }
    return held;
  }

  #all(children: readonly ElementContent[], isStep: boolean): Held {
    let all = NOTHING;
    /** What may be the label of what follows. */
    let before: readonly [Element, Held] | undefined;
    for (const child of children) {
      const text = child.type === "text" ? child.value.trim() : "";
      if (text !== "") before = undefined;
      all = joined(all, ofText(text));
      if (child.type !== "element") continue;
      const held = this.element(child, isStep);
      all = joined(all, held);
      const isLeftOut = this.found.has(child) || this.#unwanted.has(child);
      if (isLeftOut && before !== undefined && isLabel(before[1])) this.found.set(before[0], 0);
      if (!isLeftOut && held !== NOTHING) before = BLOCKS.has(child.tagName) ? [child, held] : undefined;
    }
    return all;
  }

  #link(link: Element, href: string, inner: Held, isStep: boolean): Held {
    const { hasCode, words, wordsLength } = inner;
    const own = { ...NOTHING, words, wordsLength, hasCode };
    // Where the address is what it says, it is text.
    if (/^https?:/.test(words)) return { ...own, links: 1 };
    if (SHARE.test(href) || SHARE_OTHERWISE.test(href)) return { ...own, links: 1, shares: 1 };
    if (BUTTON.test(href)) return { ...own, hasControls: true };
    // A picture, or a place to lead to.
    if (words === "") return own;
    const rel = Array.isArray(link.properties.rel) ? link.properties.rel : [];
    const isStepByName = isStep || rel.includes("prev") || rel.includes("next");
    if (isStepByName || STEP_WORDS.test(words) || (href.startsWith("#") && TOP_WORDS.test(words)))
      return { ...own, links: 1, steps: 1 };
    if (rel.includes("tag") || rel.includes("category") || rel.includes("author"))
      return { ...own, links: 1, metas: 1 };
    const isOfPage = /#./.test(href) && this.#headings.has(bare(words));
    return { ...own, links: 1, contents: isOfPage ? 1 : 0 };
  }
}

function isClutter(element: Element, held: Held): boolean {
  const { links, shares, steps, contents, metas, label, labelLength, words, hasControls, hasCode } = held;
  if (hasCode) return false;
  const called = calledClutter(element);
  if (called === "by a plug-in") return true;
  if (links === 0 && !hasControls) return false;
  const isOfLinks = links > 0 && links === shares + steps;
  if (called !== undefined && labelLength <= AROUND_LINKS_MAX && (isOfLinks || !SENTENCE.test(label)))
    return called === "by a theme" || contents * 2 >= links;
  const { tagName } = element;
  if (!BLOCKS.has(tagName)) return false;
  if (links > 0 && links === metas && labelLength <= LABEL_CHARACTERS_MAX) return META_LABEL.test(label);
  if (PARTS.has(tagName)) return false;
  const question = words.length < QUESTION_CHARACTERS_MAX && !/^h\d$/.test(tagName) ? QUESTION.exec(words) : null;
  if (question !== null && (hasControls || ANSWERS.test(words.slice(question.index + question[0].length)))) return true;
  if (links === 0 || labelLength > LABEL_CHARACTERS_MAX) return false;
  if (links === 1 && STEP_DIRECTION.test(label) && STEP_LABEL.test(label)) return true;
  if (links === shares + steps) return STEP_LABEL.test(label) || (shares > 0 && SHARE_LABEL.test(label));
  return links === contents && contents >= CONTENTS_MIN && CONTENTS_LABEL.test(label);
}

/** Whether it only says what stands below it. */
function isLabel({ links, label, labelLength, hasCode, hasControls }: Held): boolean {
  if (links > 0 || hasCode || hasControls || labelLength > LABEL_CHARACTERS_MAX || SENTENCE.test(label)) return false;
  return /\p{L}/u.test(label) && [SHARE_LABEL, CONTENTS_LABEL, RELATED_LABEL].some((pattern) => pattern.test(label));
}

function ofText(text: string): Held {
  if (text === "") return NOTHING;
  const { length } = text;
  const [label, words] = [text.slice(0, AROUND_LINKS_MAX), text.slice(0, QUESTION_CHARACTERS_MAX)];
  return { ...NOTHING, label, labelLength: length, words, wordsLength: length };
}

function joined(one: Held, other: Held): Held {
  if (other === NOTHING) return one;
  if (one === NOTHING) return other;
  return {
    links: one.links + other.links,
    shares: one.shares + other.shares,
    steps: one.steps + other.steps,
    contents: one.contents + other.contents,
    metas: one.metas + other.metas,
    label: beginning(one.label, other.label, AROUND_LINKS_MAX),
    labelLength: one.labelLength + other.labelLength,
    words: beginning(one.words, other.words, QUESTION_CHARACTERS_MAX),
    wordsLength: one.wordsLength + other.wordsLength,
    hasControls: one.hasControls || other.hasControls,
    hasCode: one.hasCode || other.hasCode,
  };
}

function beginning(one: string, other: string, charactersMax: number): string {
  if (other === "" || one.length >= charactersMax) return one;
  return `${one}${one === "" ? "" : " "}${other.slice(0, charactersMax)}`.slice(0, charactersMax);
}

/** The words that a heading begins with: within another one it would be read again and again. */
function beginningOf(heading: Element): string {
  const open: ElementContent[] = [heading];
  let words = "";
  for (let left = NODES_MAX; left > 0 && words.length < QUESTION_CHARACTERS_MAX; left--) {
    const node = open.pop();
    if (node === undefined) break;
    if (node.type === "text") words = beginning(words, node.value.trim(), QUESTION_CHARACTERS_MAX);
    if (node.type === "element") open.push(...node.children.slice(0, NODES_MAX).toReversed());
  }
  return words;
}

function classesOf({ properties: { className } }: Element): string[] {
  return Array.isArray(className) ? className.map(String) : [];
}

/** A heading or a link to it without its number and marks, which tables of contents have or have not. */
function bare(text: string): string {
  const letters = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
  return letters.replace(/^(?:\d+ )+(?=\S)/, "").replaceAll(" ", "") || "-";
}
