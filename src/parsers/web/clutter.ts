import type { Element, ElementContent } from "hast";
import { BLOCKS, CODE_BLOCKS, REPLACED, UNSEEN } from "../html/elements.ts";
import { calledClutter } from "./clutter-names.ts";
import { elementsOf } from "./page-links.ts";

/** A text is told from a label by its length. */
const LABEL_CHARACTERS_MAX = 60;
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
const SHARE =
  /(?:facebook\.com\/(?:sharer|share|dialog\/(?:share|feed))|(?:twitter|x)\.com\/(?:intent|share|home\?status)|linkedin\.com\/(?:sharearticle|sharing|cws\/share)|pinterest\.[a-z.]+\/pin\/create|reddit\.com\/submit|tumblr\.com\/(?:share|widgets\/share)|plus\.google\.com\/share|(?:api|web)\.whatsapp\.com\/send|wa\.me\/\?text|whatsapp:\/\/send|t\.me\/share|telegram\.me\/share|vk\.com\/share|vkontakte\.ru\/share|connect\.ok\.ru\/|xing\.com\/(?:spi\/shares|social_plugins\/share|app\/user\?op=share)|getpocket\.com\/(?:save|edit)|pocket\.co\/save|bufferapp\.com\/add|buffer\.com\/add|digg\.com\/submit|stumbleupon\.com\/submit|news\.ycombinator\.com\/submitlink|mix\.com\/add|flipboard\.com\/bookmarklet|line\.me\/r\/msg|social-plugins\.line\.me|b\.hatena\.ne\.jp\/(?:add|entry)|service\.weibo\.com\/share|addtoany\.com\/(?:share|add_to)|addthis\.com\/bookmark|mastodon\w*\.[a-z.]+\/share|bsky\.app\/intent|threads\.net\/intent|[?&]share=(?:facebook|twitter|x|linkedin|email|pinterest|pocket|reddit|telegram|tumblr|jetpack-whatsapp|print|mastodon|threads|nextdoor|bluesky))/i;
/** Mail to nobody, and the button that prints. */
const SHARE_OTHERWISE = /^(?:mailto:(?:\?|%20)|javascript:[^;]{0,20}print\b)/i;
/** A button that is written as a link. */
const BUTTON = /^(?:#?$|javascript:)/i;
const SHARE_LABEL =
  /^\W*(?:share|sharing|spread|like this|tweet|teilen|beitrag teilen|compart|partag|condividi|delen|deel|dela|udostępnij|поделит|シェア|共有|分享|共享|chia sẻ|paylaş|bagikan)[^.!?。]*$/iu;
const STEP_WORDS =
  /^[\s«‹←⟵<|]*(?:previous|prev|next|older|newer|vorheriger?|nächster?|zurück|weiter|anterior|siguiente|précédent|suivant)\s*(?:post|article|page|entry|entries|posts|articles|topic|chapter|lesson|story|beitrag|artikel|seite)?\s*(?:[:»›→⟶>|]|$)/iu;
const STEP_NAME =
  /^(?:(?:nav|navigation|post|article|entry|page|link|button|btn|arrow|topic|doc|docs|story|single|pager|pagination)[-_]{1,2})?(?:prev|previous|next)(?:[-_]{1,2}(?:post|article|link|page|entry|topic|doc|button|btn|story|posts|title|text|label|arrow|nav))*$/i;
const STEP_LABEL =
  /^(?:[\s\p{P}\p{S}\d]|previous|prev|next|older|newer|post|posts|article|articles|navigation|page|entry|topic|story|vorheriger?|nächster?|beitrag|artikel|anterior|siguiente|précédent|suivant)*$/iu;
const CONTENTS_LABEL =
  /^(?:[\s\p{P}\p{S}\d]|table of contents?|contents?|in this (?:article|page|post|guide|section)|on this page|quick (?:links|navigation)|jump to|page contents|toggle|hide|show|inhalt(?:sverzeichnis)?|auf dieser seite|sommaire|table des matières|índice|contenido|tabla de contenidos?|indice|inhoud(?:sopgave)?|spis treści|содержание|оглавление|目次|目录|文章目录|mục lục|içindekiler|innehåll)*$/iu;
const QUESTION =
  /\b(?:was|is|did|were|how)\s(?:you\s)?(?:find\s|useful\swas\s|helpful\swas\s)?th(?:is|ese)\s(?:article|page|post|information|content|topic|answer|doc\w*|guide|entry)\b[^.!]{0,40}(?:help|useful|answer|\?)|\bwhat are your feelings\b|\brate this (?:article|page|post)\b|\bwar (?:dieser|diese) (?:artikel|beitrag|seite)\b[^.!]{0,20}hilfreich/i;

/** What is known of an element from what it holds. */
type Held = {
  readonly links: number;
  /** Links to share the page with, or to print it. */
  readonly shares: number;
  /** Links to the page before and the page after. */
  readonly steps: number;
  /** Links to headings of the page, called like them. */
  readonly contents: number;
  /** Words outside of links: their beginning, and how many characters they are. */
  readonly label: string;
  readonly labelLength: number;
  /** The beginning of all words. */
  readonly words: string;
  readonly hasControls: boolean;
  readonly hasCode: boolean;
};

const NOTHING: Held = {
  links: 0,
  shares: 0,
  steps: 0,
  contents: 0,
  label: "",
  labelLength: 0,
  words: "",
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
  const { labelLength } = looking.element(root, false);
  const isMost = (length: number) => length > TEXT_CHARACTERS_MIN && length * 2 > labelLength;
  const found = [...looking.found].filter(([element, length]) => element !== root && !isMost(length));
  return new Set(found.map(([element]) => element));
}

class Looking {
  readonly #unwanted: ReadonlySet<Element>;
  readonly #headings: ReadonlySet<string>;
  /** With the characters of each outside of its links. */
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
    if (isClutter(element, held)) this.found.set(element, held.labelLength);
    return held;
  }

  #all(children: readonly ElementContent[], isStep: boolean): Held {
    let all = NOTHING;
    for (const child of children) {
      if (child.type === "element") all = joined(all, this.element(child, isStep));
      else if (child.type === "text") all = joined(all, ofText(child.value.trim()));
    }
    return all;
  }

  #link(link: Element, href: string, inner: Held, isStep: boolean): Held {
    const { hasCode, words } = inner;
    const own = { ...NOTHING, words, hasCode };
    if (SHARE.test(href) || SHARE_OTHERWISE.test(href)) return { ...own, links: 1, shares: 1 };
    if (BUTTON.test(href)) return { ...own, hasControls: true };
    const { rel } = link.properties;
    const isNamed = Array.isArray(rel) && (rel.includes("prev") || rel.includes("next"));
    if (isNamed || isStep || STEP_WORDS.test(words)) return { ...own, links: 1, steps: 1 };
    const isOfPage = /#./.test(href) && this.#headings.has(bare(words));
    return { ...own, links: 1, contents: isOfPage ? 1 : 0 };
  }
}

function isClutter(element: Element, held: Held): boolean {
  const { links, shares, steps, contents, label, labelLength, words, hasControls, hasCode } = held;
  if (hasCode) return false;
  const called = calledClutter(element);
  if (called === "by a plug-in") return true;
  if (links === 0 && !hasControls) return false;
  if (called === "by a theme" && labelLength <= AROUND_LINKS_MAX) return true;
  if (!BLOCKS.has(element.tagName)) return false;
  if (words.length < QUESTION_CHARACTERS_MAX && QUESTION.test(words)) return true;
  if (links === 0 || labelLength > LABEL_CHARACTERS_MAX) return false;
  if (links === shares + steps) {
    if (STEP_LABEL.test(label)) return true;
    return shares > 0 && SHARE_LABEL.test(label);
  }
  return links === contents && contents >= CONTENTS_MIN && CONTENTS_LABEL.test(label);
}

function ofText(text: string): Held {
  if (text === "") return NOTHING;
  const label = text.slice(0, LABEL_CHARACTERS_MAX + 1);
  return { ...NOTHING, label, labelLength: text.length, words: text.slice(0, QUESTION_CHARACTERS_MAX) };
}

function joined(one: Held, other: Held): Held {
  if (other === NOTHING) return one;
  if (one === NOTHING) return other;
  return {
    links: one.links + other.links,
    shares: one.shares + other.shares,
    steps: one.steps + other.steps,
    contents: one.contents + other.contents,
    label: beginning(one.label, other.label, LABEL_CHARACTERS_MAX + 1),
    labelLength: one.labelLength + other.labelLength,
    words: beginning(one.words, other.words, QUESTION_CHARACTERS_MAX),
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
