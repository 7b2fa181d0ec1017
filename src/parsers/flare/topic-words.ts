import type { Element } from "xast";
import { keywordsIn, type OwnWords } from "../about-page.ts";
import { conditionsOf, isDropped } from "./conditions.ts";
import { attribute } from "./read-xml.ts";
import { childNamed } from "./topic-names.ts";
import type { TopicVariables, VariablePlace } from "./topic-variables.ts";

const KEYWORD = "madcap:keyword";

/** What a topic says of itself beside its text: its description, its keywords, and what it has in the index. */
export class TopicWords {
  readonly #variables: TopicVariables;
  readonly #indexTerms: string[] = [];

  constructor(variables: TopicVariables) {
    this.#variables = variables;
  }

  /** Notes what an element of the text puts into the index. */
  meet(element: Element, place: VariablePlace): void {
    if (element.name.toLowerCase() === KEYWORD) this.#noteTerms(element, place);
  }

  /** Once its text was read; `start` is where its head stands. */
  all(html: Element, start: VariablePlace): OwnWords {
    const head = (childNamed(html, "head")?.children ?? []).filter((child) => child.type === "element");
    const shown = head.filter((child) => !isDropped(conditionsOf(child)));
    const of = (name: string) =>
      shown
        .filter((meta) => meta.name.toLowerCase() === "meta" && anyCase(meta, "name").toLowerCase() === name)
        .map((meta) => this.#variables.filled(anyCase(meta, "content"), start));
    for (const child of shown) this.meet(child, start);
    return {
      description: of("description").join(" "),
      keywords: [...of("keywords").flatMap(keywordsIn), ...this.#indexTerms],
    };
  }

  /** `verb:OPEN` is an entry below another one. */
  #noteTerms(keyword: Element, place: VariablePlace): void {
    const terms = this.#variables.filled(attribute(keyword, "term"), place).split(";");
    this.#indexTerms.push(...terms.map((term) => term.replace(/:(?=\S)/g, ": ")));
  }
}

/** The value of an attribute, which old topics write as HTML does. */
function anyCase({ attributes }: Element, name: string): string {
  return Object.entries(attributes).find(([own]) => own.toLowerCase() === name)?.[1] ?? "";
}
