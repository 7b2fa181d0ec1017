import { posix } from "node:path";
import type { Element as HtmlElement, ElementContent, Root } from "hast";
import type { Element, Nodes as XmlNode } from "xast";
import type { OwnWords } from "../about-page.ts";
import { hasText, rawText } from "../html/inline-text.ts";
import { textOf } from "../html/to-markdown.ts";
import { attribute } from "./read-xml.ts";
import { codeBlock, languageOf, withCodeBlocks } from "./code.ts";
import { conditionsOf, isAlternative, isDropped } from "./conditions.ts";
import { apart, htmlProperties, inBrackets, inline, made, SPACE, text } from "./html-nodes.ts";
import { asksForNames, type LinkedNames, NO_NAMES, withFormat } from "./linked-names.ts";
import { madCapRule } from "./madcap-elements.ts";
import { pageName } from "../titles.ts";
import { type Snippet, SNIPPETS_WITHIN_MAX, wantedPath } from "./snippets.ts";
import { childNamed, titleIn, TopicNames } from "./topic-names.ts";
import { notDefined, overridesOf, TextBudget, TOO_MUCH, TopicVariables } from "./topic-variables.ts";
import { TopicWords } from "./topic-words.ts";
import { isOfSystem } from "./variables.ts";

/** What a project gives its topics: variables and snippets. */
export type ProjectResources = {
  /** The value of `Set.Name`. */
  variable(name: string): string | undefined;
  /** The snippet that `src` leads to from one of the folders. */
  snippet(src: string, folders: readonly string[]): Snippet | undefined;
  /** What the topic that a link leads to is called. */
  linkedNames(href: string, folders: readonly string[]): LinkedNames | undefined;
};

export type TopicContent = {
  /** Its `<title>` without the name of a site, else its first `h1`; "" when it has neither. */
  readonly title: string;
  /** Its first `h1`. */
  readonly heading: string;
  /** Its description, and its keywords with what it has in the index. */
  readonly ownWords: OwnWords;
  readonly body: Root;
  readonly conditions: readonly string[];
  /** Tags of the elements of the topic and its snippets, those that were left out because of them included. */
  readonly elementConditions: readonly string[];
  /** What could not be resolved. */
  readonly remarks: readonly string[];
};

/** What a snippet counts for at least: empty ones may multiply, too. */
const SNIPPET_CHARACTERS_MIN = 100;
const HEADING_LEVEL_MAX = 6;
const CODE = /^(?:pre|code|samp|kbd|tt)$/;

/** The content of a topic as HTML, with its variables, snippets and MadCap elements resolved. `path` is the topic's in its project. */
export function topicContent(html: Element, path: string, resources: ProjectResources): TopicContent {
  return new TopicReader(html, path, resources).topic(html);
}

/** Where an element stands. */
type Place = {
  /** Folders that the `src` of a snippet may be relative to. */
  readonly folders: readonly string[];
  /** The snippets that are being read. */
  readonly within: readonly Snippet[];
  /** A list item or a cell: a heading there would end it. */
  readonly isNarrow: boolean;
  readonly isCode: boolean;
  /** What a cross reference leads to. */
  readonly link?: LinkedNames;
  /** Values that the element which brought a snippet in gives to its variables. */
  readonly overrides: ReadonlyMap<string, string>;
};

class TopicReader {
  readonly #path: string;
  readonly #resources: ProjectResources;
  readonly #start: Place;
  readonly #budget = new TextBudget();
  readonly #variables: TopicVariables;
  readonly #words: TopicWords;
  readonly #conditions = new Set<string>();
  readonly #remarks = new Set<string>();
  #headingLevel = 1;
  #headings = 0;

  constructor(html: Element, path: string, resources: ProjectResources) {
    const overrides = overridesOf(html, new Map());
    this.#path = path;
    this.#resources = resources;
    this.#start = { folders: [posix.dirname(path)], within: [], isNarrow: false, isCode: false, overrides };
    const textIn = (element: Element) => textOf(root(this.#content(element, this.#start)));
    this.#variables = new TopicVariables(resources, new TopicNames(html, textIn), this.#budget, this.#remarks);
    this.#words = new TopicWords(this.#variables);
  }

  topic(html: Element): TopicContent {
    const titleElement = titleIn(html);
    const title = titleElement === undefined ? "" : textOf(root(this.#content(titleElement, this.#start)));
    const body: Root = root(this.#body(html, this.#start));
    const heading = firstHeading(body);
    return {
      title: title === "" ? heading : pageName(title, heading),
      heading,
      ownWords: this.#words.all(html, this.#start),
      body,
      conditions: conditionsOf(html),
      elementConditions: [...this.#conditions].sort(),
      remarks: [...this.#remarks],
    };
  }

  #body(html: Element, place: Place): ElementContent[] {
    const body = childNamed(html, "body");
    return body === undefined ? this.#content(html, place) : this.#hasPlace(body) ? this.#content(body, place) : [];
  }

  /** Notes the conditions of an element, and says whether it is read under them. */
  #hasPlace(element: Element): boolean {
    const conditions = conditionsOf(element);
    for (const tag of conditions) this.#conditions.add(tag);
    return !isDropped(conditions);
  }

  #content(element: Element, place: Place): ElementContent[] {
    let before: ElementContent[] = [];
    const children = element.children.flatMap((child, index) => {
      const isOther = isAlternative(element.children[index - 1], child);
      const shown = this.#node(child, place);
      if (isOther && rawText(before) === rawText(shown)) return [];
      const content = isOther && before.length > 0 ? [SPACE, ...shown] : shown;
      before = shown;
      return content;
    });
    return withCodeBlocks(children);
  }

  #node(node: XmlNode, place: Place): ElementContent[] {
    if (node.type === "text" || node.type === "cdata") {
      const value = place.link === undefined ? node.value : withFormat(node.value, place.link);
      return [text(this.#variables.filled(value, place))];
    }
    return node.type === "element" ? this.#element(node, place) : [];
  }

  #element(element: Element, place: Place): ElementContent[] {
    if (!this.#hasPlace(element)) return [];
    const name = element.name.toLowerCase();
    switch (madCapRule(name)) {
      case undefined:
        return name === "head" ? [] : [this.#html(name, element, place)];
      case "dropped":
        this.#words.meet(element, place);
        return [];
      case "content":
        return [made("span", this.#content(element, place))];
      case "block":
        return [this.#block(element, place)];
      case "head":
        return [this.#head(element, place)];
      case "aside":
        return inBrackets(this.#content(element, place));
      case "words":
        return apart(this.#content(element, place));
      case "code":
        return [this.#code(element, place)];
      case "equation":
        return [made("span", this.#content(element, place))];
      case "cross-reference":
        return [made("span", this.#crossReference(element, place))];
      case "variable":
        return this.#variable(element, place);
      case "snippet-block":
        return this.#snippet(element, place);
      case "snippet-text":
        return inline(this.#snippet(element, place));
    }
  }

  #html(name: string, element: Element, place: Place): HtmlElement {
    const level = /^h([1-6])$/.exec(name)?.[1];
    if (level !== undefined) {
      this.#headingLevel = Number(level);
      this.#headings++;
    }
    const isNarrow = place.isNarrow || name === "li" || name === "td" || name === "th" || name === "dd";
    const isCode = place.isCode || CODE.test(name) || /^code/i.test(attribute(element, "class"));
    return made(name, this.#content(element, { ...place, isNarrow, isCode }), htmlProperties(element));
  }

  #code(element: Element, place: Place): HtmlElement {
    const block = this.#html("pre", element, place);
    return codeBlock(rawText(block.children), languageOf(block));
  }

  #block(element: Element, place: Place): HtmlElement {
    const level = this.#headingLevel;
    const block = made("div", this.#content(element, place));
    // What follows a drop-down is again on the level above; its body is not over yet where its head ends.
    if (element.name.toLowerCase() === "madcap:dropdown") this.#headingLevel = level;
    return block;
  }

  #head(element: Element, place: Place): HtmlElement {
    const headings = this.#headings;
    const content = this.#content(element, place);
    // It is a heading already, of a level that somebody chose.
    if (this.#headings > headings) return made("div", content);
    if (place.isNarrow) return made("p", [made("strong", content)]);
    this.#headingLevel = Math.min(this.#headingLevel + 1, HEADING_LEVEL_MAX);
    return made(`h${this.#headingLevel}`, content);
  }

  #crossReference(element: Element, place: Place): ElementContent[] {
    const href = attribute(element, "href");
    const known = this.#resources.linkedNames(href, place.folders);
    const link = known ?? NO_NAMES;
    const content = this.#content(element, { ...place, link });
    // A picture needs no words.
    const isEmpty = element.children.every((child) => child.type !== "element") && !content.some(hasText);
    if (known === undefined && (isEmpty || asksForNames(element)))
      this.#remarks.add(
        `a cross reference to ${href} lacks words: there is no topic ${wantedPath(href, place.folders)}`,
      );
    return isEmpty ? [text(link.heading || link.title)] : content;
  }

  #variable(element: Element, place: Place): ElementContent[] {
    const name = attribute(element, "name").trim();
    const value = this.#variables.value(name, place);
    if (value !== undefined) return [text(value)];
    if (!isOfSystem(name)) this.#remarks.add(notDefined(name));
    return this.#content(element, place);
  }

  #snippet(element: Element, place: Place): ElementContent[] {
    const src = attribute(element, "src");
    const snippet = this.#resources.snippet(src, place.folders);
    const problem = this.#problem(snippet, src, place);
    if (snippet?.html === undefined || problem !== "") {
      this.#remarks.add(problem);
      return this.#content(element, place);
    }
    if (snippet.remark !== "")
      this.#remarks.add(`the snippet ${src} is not well-formed XML, read as HTML: ${snippet.remark}`);
    this.#budget.spend(costOf(snippet));
    if (!this.#hasPlace(snippet.html)) return [];
    return this.#body(snippet.html, {
      // Relative to itself; else, as some projects have it, to the topic.
      folders: [snippet.folder, ...this.#start.folders],
      within: [...place.within, snippet],
      isNarrow: place.isNarrow,
      isCode: place.isCode,
      overrides: overridesOf(element, place.overrides),
    });
  }

  #problem(snippet: Snippet | undefined, src: string, { within, folders }: Place): string {
    if (src.trim() === "") return "a snippet that names no file";
    if (snippet === undefined) return `the snippet ${src} does not exist: there is no ${wantedPath(src, folders)}`;
    if (snippet.html === undefined) return `the snippet ${src} has no <html> element: ${snippet.remark}`;
    if (within.includes(snippet) || snippet.path === this.#path) return `the snippet ${src} contains itself`;
    if (within.length >= SNIPPETS_WITHIN_MAX)
      return `more than ${SNIPPETS_WITHIN_MAX} snippets within each other: the rest is left out`;
    if (!this.#budget.allows(costOf(snippet))) return `${TOO_MUCH}: more snippets are left out`;
    return "";
  }
}

function costOf({ characters }: Snippet): number {
  return Math.max(characters, SNIPPET_CHARACTERS_MIN);
}

function firstHeading(node: Root | HtmlElement): string {
  for (const child of node.children) {
    if (child.type !== "element") continue;
    const heading = child.tagName === "h1" ? textOf(child) : firstHeading(child);
    if (heading !== "") return heading;
  }
  return "";
}

function root(children: ElementContent[]): Root {
  return { type: "root", children };
}
