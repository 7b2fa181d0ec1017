import type { Expression, SpreadElement, TemplateElement } from "estree";
import type { JSXElement, JSXFragment } from "estree-jsx";
import { unescaped } from "./template.ts";

/** What can be known of an expression without running it. */
export type Value =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly text: string }
  /** Elements, as MDX without a name that is declared elsewhere. */
  | { readonly kind: "elements"; readonly node: JSXElement | JSXFragment; readonly scope: Scope }
  /** What is not known of a list keeps its place. */
  | { readonly kind: "list"; readonly values: readonly (Value | undefined)[] }
  | { readonly kind: "object"; readonly values: ReadonlyMap<string, Value> }
  | { readonly kind: "function"; readonly call: (given: readonly (Value | undefined)[]) => Value | undefined };

/** Looked at for a page: lists in lists, and constants of constants, may say the same without end. */
const STEPS_MAX = 100_000;
/** Put together for a page. */
const CHARACTERS_MAX = 500_000;
const DEPTH_MAX = 100;

/** Names and what is known of them. */
export class Scope {
  readonly #outer: Scope | undefined;
  readonly #page: string;
  readonly #values = new Map<string, Value | undefined | (() => Value | undefined)>();
  readonly #work: { steps: number; characters: number; depth: number };

  /** Within another one, or for a page. */
  constructor(within: Scope | string) {
    const outer = typeof within === "string" ? undefined : within;
    this.#outer = outer;
    this.#page = typeof within === "string" ? within : within.#page;
    this.#work = outer === undefined ? { steps: STEPS_MAX, characters: CHARACTERS_MAX, depth: 0 } : outer.#work;
  }

  /** A function is asked once, when the name is used. */
  declare(name: string, value: Value | undefined | (() => Value | undefined)): void {
    this.#values.set(name, value);
  }

  get(name: string): Value | undefined {
    if (!this.#values.has(name)) return this.#outer?.get(name);
    const value = this.#values.get(name);
    if (typeof value !== "function") return value;
    // A constant that names itself is not known.
    this.#values.set(name, undefined);
    const known = value();
    this.#values.set(name, known);
    return known;
  }

  /** The text of a part of a template. micromark gives it without the indentation of its lines. */
  textOf({ value, range }: TemplateElement): string {
    const cooked = value.cooked ?? "";
    if (range === undefined || !cooked.includes("\n")) return cooked;
    const written = this.#page.slice(...range);
    // In a quote its marks would be text.
    return withoutSpace(written) === withoutSpace(value.raw) ? unescaped(written) : cooked;
  }

  /** The source of a literal, which may be shown as it is. */
  sourceOf({ range }: Expression | SpreadElement): Value | undefined {
    return range === undefined ? undefined : text(this.#page.slice(...range));
  }

  /** Within the bounds of the page. */
  bounded<T extends Value | string>(make: () => T | undefined): T | undefined {
    const work = this.#work;
    if (--work.steps < 0 || work.characters < 0 || work.depth >= DEPTH_MAX) return undefined;
    work.depth++;
    const made = make();
    work.depth--;
    if (typeof made === "string") work.characters -= made.length;
    else if (made?.kind === "text") work.characters -= made.text.length;
    return work.characters < 0 ? undefined : made;
  }
}

function withoutSpace(written: string): string {
  return written.replace(/\s+/g, "");
}

export function text(words: string): Value {
  return { kind: "text", text: words };
}
