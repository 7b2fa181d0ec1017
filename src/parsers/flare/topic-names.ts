import type { Element } from "xast";
import { conditionsOf, isDropped } from "./conditions.ts";
import { variableKey } from "./variables.ts";

const OF_TOPIC = /^(?:system\.title|heading\.(?:anylevel|level([1-6])))$/;

/** Whether a variable of the system is what a topic says itself: its title, or its first heading. */
export function isKnownOfTopic(name: string): boolean {
  return OF_TOPIC.test(variableKey(name));
}

/** The values of those variables in a topic. */
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
    const level = OF_TOPIC.exec(key);
    if (known !== undefined || level === null) return known;
    // It may stand in the very title or heading that it asks for.
    this.#known.set(key, "");
    const heading = headingIn(this.#html, new RegExp(`^h${level[1] ?? "[1-6]"}$`, "i"));
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
