import type { Expression } from "estree";
import { elementSource } from "./element-source.ts";
import { expressionOf, stringValue } from "./javascript.ts";
import type { PageToken } from "./known-shapes.ts";
import { knownValue } from "./known-value.ts";
import type { Scope, Value } from "./scope.ts";
import { templateText } from "./template.ts";

/** A tag of JSX or HTML. */
export type Tag = {
  /** "" for a fragment. */
  readonly name: string;
  readonly kind: "open" | "close" | "alone";
  /** Values of strings and string literals; "" for attributes that have other code, undefined for those without a value. */
  readonly attributes: ReadonlyMap<string, string | undefined>;
  /** The other code. */
  readonly expressions: ReadonlyMap<string, Expression>;
  readonly start: number;
  readonly end: number;
  /** It has a line of its own. */
  readonly isFlow: boolean;
};

/** The name of what `{...others}` gives a tag. */
export const SPREAD = "...";
const TAB = /^(?:Tabs\.)?Tab(?:Item|Panel)?$/;
const PREFIX = /^mdxJsx(?:Flow|Text)Tag/;

/** Puts tags together from the tokens of a page, given in the order in which they end. */
export class TagReader {
  readonly #page: string;
  readonly #scope: Scope;
  #name = "";
  #kind: Tag["kind"] = "open";
  #attributes = new Map<string, string | undefined>();
  #expressions = new Map<string, Expression>();
  #attribute = "";
  /** Labels of tabs by their values, where the element around the tabs lists them. */
  readonly #tabLabels = new Map<string, string>();

  /** What is left of the names of tabs, and what they come from. */
  #tabNames: { readonly names: string[]; readonly expressions: Map<string, Expression> } = {
    names: [],
    expressions: new Map(),
  };

  constructor(page: string, scope: Scope) {
    this.#page = page;
    this.#scope = scope;
  }

  /** The tag that ends with `token`, if one does. */
  take(token: PageToken): Tag | undefined {
    const prefix = PREFIX.exec(token.type)?.[0];
    if (prefix === undefined) return undefined;
    const text = () => this.#page.slice(token.start.offset, token.end.offset);
    switch (token.type.slice(prefix.length)) {
      case "ClosingMarker":
        this.#kind = "close";
        break;
      case "SelfClosingMarker":
        this.#kind = "alone";
        break;
      case "Name":
        this.#name = text().replace(/\s+/g, "");
        break;
      case "AttributeName":
        this.#attribute = text().replace(/\s+/g, "");
        this.#attributes.set(this.#attribute, undefined);
        break;
      case "AttributeValueLiteral":
        this.#attributes.set(this.#attribute, text().slice(1, -1));
        break;
      case "ExpressionAttribute": {
        const spread = expressionOf(token.estree);
        if (spread !== undefined) this.#expressions.set(SPREAD, spread);
        break;
      }
      case "AttributeValueExpression":
        // micromark gives a template without the indentation of its lines.
        this.#expression(templateText(text()) ?? stringValue(token.estree), expressionOf(token.estree));
        if (this.#attribute === "values") {
          for (const [value, label] of labelsOf(this.#expressions.get("values"), this.#scope)) {
            this.#tabLabels.set(value, label);
          }
        }
        break;
      case "":
        return this.#whole(token, prefix === "mdxJsxFlowTag");
    }
    return undefined;
  }

  #expression(value: string | undefined, expression: Expression | undefined): void {
    this.#attributes.set(this.#attribute, value ?? "");
    if (value === undefined && expression !== undefined) this.#expressions.set(this.#attribute, expression);
  }

  /** Tabs may be called by their order in a list of the element around them. */
  #nameTab(): void {
    const isNamed = ["label", "title", "value"].some((name) => this.#attributes.has(name));
    const name = isNamed ? undefined : this.#tabNames.names.shift();
    if (name === undefined) return;
    this.#attributes.set("label", name);
    this.#tabNames.expressions.delete("items");
  }

  #whole({ start, end }: PageToken, isFlow: boolean): Tag {
    const label = this.#tabLabels.get(this.#attributes.get("value") ?? "");
    if (this.#name === "TabItem" && label !== undefined && !this.#attributes.has("label")) {
      this.#attributes.set("label", label);
    }
    if (this.#kind === "open" && TAB.test(this.#name)) this.#nameTab();
    if (this.#name === "Tabs" && this.#kind === "open") {
      this.#tabNames = { names: namesOf(this.#expressions.get("items"), this.#scope), expressions: this.#expressions };
    }
    const tag: Tag = {
      name: this.#name,
      kind: this.#kind,
      attributes: this.#attributes,
      expressions: this.#expressions,
      start: start.offset,
      end: end.offset,
      isFlow,
    };
    this.#name = "";
    this.#kind = "open";
    this.#attributes = new Map();
    this.#expressions = new Map();
    return tag;
  }
}

/** `[{ label: "One", value: "a" }]` as pairs of value and label. */
function labelsOf(values: Expression | undefined, scope: Scope): (readonly [string, string])[] {
  return listOf(values, scope).flatMap((one) => {
    if (one?.kind !== "object") return [];
    const [value, label] = [one.values.get("value"), one.values.get("label")];
    const words =
      label?.kind === "elements" ? elementSource(label.node, label.scope) : label?.kind === "text" && label.text;
    return value?.kind === "text" && typeof words === "string" ? [[value.text, words] as const] : [];
  });
}

function namesOf(items: Expression | undefined, scope: Scope): string[] {
  return listOf(items, scope).flatMap((one) => (one?.kind === "text" ? [one.text] : []));
}

function listOf(expression: Expression | undefined, scope: Scope): readonly (Value | undefined)[] {
  const value = knownValue(expression, scope);
  return value?.kind === "list" ? value.values : [];
}

const HTML_NAME = /^<(\/?)([A-Za-z][\w.:-]*)/;
const HTML_ATTRIBUTE = /\s([^\s=>/"']+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/g;

/** A tag as HTML allows it, and JSX does not: `<td width=50>`. Undefined for comments and declarations. */
export function htmlTag(source: string, start: number): Tag | undefined {
  const [, slash, name = ""] = HTML_NAME.exec(source) ?? [];
  if (name === "") return undefined;
  const attributes = Array.from(
    source.matchAll(HTML_ATTRIBUTE),
    ([, attribute = "", ...values]) => [attribute, values.find((value) => value !== undefined) ?? ""] as const,
  );
  const kind = slash === "/" ? "close" : "open";
  const end = start + source.length;
  return { name, kind, attributes: new Map(attributes), expressions: new Map(), start, end, isFlow: false };
}

/** For each tag, the index of the tag that closes or opens it; -1 for none. */
export function partners(tags: readonly Tag[]): readonly number[] {
  const found = tags.map(() => -1);
  const open = new Map<string, number[]>();
  for (const [index, { name, kind }] of tags.entries()) {
    if (kind === "open") {
      const waiting = open.get(name);
      if (waiting === undefined) open.set(name, [index]);
      else waiting.push(index);
    } else if (kind === "close") {
      const opening = open.get(name)?.pop();
      if (opening === undefined) continue;
      found[opening] = index;
      found[index] = opening;
    }
  }
  return found;
}
