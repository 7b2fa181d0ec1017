import type { Element } from "xast";
import { conditionsOf, isDropped } from "./conditions.ts";
import { headingLevel, variableKey } from "./variables.ts";

/** The values of variables that say what a topic is called. */
export class TopicNames {
  readonly #html: Element;
  readonly #textIn: (element: Element) => string;
  readonly #known = new Map<string, string>();

  constructor(html: Element, textIn: (element: Element) => string) {
    this.#html = html;
    this.#textIn = textIn;
  }

  value(name: string): string | undefined {
    const key = variableKey(name);
    const known = this.#known.get(key);
    const level = headingLevel(name);
    if (known !== undefined || level === undefined) return known;
    // It may stand in the very title or heading that it asks for.
    this.#known.set(key, "");
    const heading = headingIn(this.#html, new RegExp(`^h${level || "[1-6]"}$`, "i"));
    const title = key === "system.title" ? titleIn(this.#html) : undefined;
    const value = this.#textOf(title) || this.#textOf(heading);
    this.#known.set(key, value);
    return value;
  }

  #textOf(element: Element | undefined): string {
    return element === undefined ? "" : this.#textIn(element);
  }
}

/** The title element of a page. */
export function titleIn(html: Element): Element | undefined {
  const head = childNamed(html, "head");
  return head === undefined ? undefined : childNamed(head, "title");
}

export function childNamed(element: Element, name: string): Element | undefined {
  return element.children.find(
    (child): child is Element => child.type === "element" && child.name.toLowerCase() === name,
  );
}

/** The first heading that readers see. */
function headingIn(element: Element, name: RegExp): Element | undefined {
  for (const child of element.children) {
    if (child.type !== "element" || isDropped(conditionsOf(child))) continue;
    const heading = name.test(child.name) ? child : headingIn(child, name);
    if (heading !== undefined) return heading;
  }
  return undefined;
}
