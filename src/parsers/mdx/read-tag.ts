import { EXPRESSION_CHARACTERS_MAX, expressionEnd, literalValue } from "./expression.ts";

/** An HTML or JSX tag. */
export type Tag = {
  /** "" for a fragment. */
  readonly name: string;
  readonly kind: "open" | "close" | "alone";
  /** Values of strings and string literals; "" for attributes that have none, or code. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Behind the tag. */
  readonly end: number;
};

const START = /<(\/?)([A-Za-z][\w.:-]*)?(?=[\s/>{])/y;
const SPACE = /\s*/y;
const NAME = /[^\s=>/{}"'<`,;()[\]]+/y;
const UNQUOTED = /[^\s"'`=<>{}]+/y;
// Prose has these too (`if a <b and c> d`), tags of HTML hardly any others.
const FLAGS =
  /^(?:open|checked|disabled|hidden|controls|autoplay|loop|muted|playsinline|defer|async|reversed|required|readonly|selected|multiple|nowrap|allowfullscreen|default|novalidate)$/i;

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();

/** How many characters may still be looked at in vain. */
export type Scans = { left: number };

/** The tag that begins at `at`; undefined when what stands there is no tag. */
export function readTag(text: string, at: number, scans: Scans = { left: Number.POSITIVE_INFINITY }): Tag | undefined {
  START.lastIndex = at;
  const start = START.exec(text);
  if (start === null) return undefined;
  const [opening, slash, name = ""] = start;
  if (slash === "/") {
    const end = matchEnd(SPACE, text, at + opening.length);
    return text[end] === ">" ? { name, kind: "close", attributes: NO_ATTRIBUTES, end: end + 1 } : undefined;
  }
  if (name === "") {
    return text[at + 1] === ">" ? { name, kind: "open", attributes: NO_ATTRIBUTES, end: at + 2 } : undefined;
  }
  return scans.left > 0 ? readAttributes(text, at + opening.length, name, scans) : undefined;
}

function readAttributes(text: string, from: number, name: string, scans: Scans): Tag | undefined {
  const attributes = new Map<string, string>();
  const tag = (kind: Tag["kind"], end: number): Tag => ({ name, kind, attributes, end });
  const none = (end: number) => {
    scans.left -= end - from;
    return undefined;
  };
  let index = from;
  for (;;) {
    index = matchEnd(SPACE, text, index);
    if (text[index] === ">") return tag("open", index + 1);
    if (text[index] === "/" && text[index + 1] === ">") return tag("alone", index + 2);
    if (text[index] === "{") {
      const end = expressionEnd(text, index);
      if (end < 0) return none(index + EXPRESSION_CHARACTERS_MAX);
      index = end;
      continue;
    }
    const nameEnd = matchEnd(NAME, text, index);
    if (nameEnd === index) return none(index);
    const attribute = text.slice(index, nameEnd);
    index = matchEnd(SPACE, text, nameEnd);
    if (text[index] !== "=") {
      if (!isComponent(name) && !FLAGS.test(attribute)) return none(index);
      attributes.set(attribute, "");
      continue;
    }
    const value = readValue(text, matchEnd(SPACE, text, index + 1));
    if (value === undefined) return none(index + EXPRESSION_CHARACTERS_MAX);
    attributes.set(attribute, value.text);
    index = value.end;
  }
}

function readValue(text: string, at: number): { text: string; end: number } | undefined {
  const quote = text[at];
  if (quote === '"' || quote === "'") {
    const close = text.indexOf(quote, at + 1);
    if (close < 0) return undefined;
    const value = text.slice(at + 1, close);
    // A quote that was never closed would take the rest of the page with it.
    return /\n[ \t]*\n/.test(value) ? undefined : { text: value, end: close + 1 };
  }
  if (quote === "{") {
    const end = expressionEnd(text, at);
    return end < 0 ? undefined : { text: literalValue(text.slice(at + 1, end - 1)) ?? "", end };
  }
  const end = matchEnd(UNQUOTED, text, at);
  return end === at ? undefined : { text: text.slice(at, end), end };
}

/** Components and custom elements, as opposed to HTML. */
export function isComponent(name: string): boolean {
  return /^[A-Z]|[.-]/.test(name);
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
