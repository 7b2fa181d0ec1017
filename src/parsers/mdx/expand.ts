import type { Expression } from "estree";
import { attributeKind } from "./attribute-names.ts";
import { decodeEntities } from "../../text/entities.ts";
import type { Range } from "./edits.ts";
import { shownSource, templateSource } from "./element-source.ts";
import { knownValue } from "./known-value.ts";
import { Scope, text, type Value } from "./scope.ts";
import { SPREAD, type Tag } from "./tag.ts";

/** An expression between the tags and words of a page. */
export type PageExpression = Range & { readonly expression: Expression };

type Unfinished = {
  readonly page: string;
  readonly expressions: readonly PageExpression[];
  readonly tags: readonly Tag[];
  readonly scope: Scope;
};

const IN_CODE = /<(?:pre|code|CodeBlock|ExpandableCode)\b[^<>]*>\s*$/;
const TAG_CHARACTERS_MAX = 500;

/**
 * The page with what is known of its expressions, and of components it declares, in place of them. `undefined` where nothing
 * of it is.
 */
export function expanded(
  { page, expressions, tags, scope }: Unfinished,
  /** Such an expression says more than what is known of it. */
  namesCode?: (expression: Expression) => boolean,
): string | undefined {
  const found: (Range & { readonly source: string })[] = [];
  for (const { start, end, expression } of expressions) {
    const value = knownValue(expression, scope);
    if (value?.kind === "text" && namesCode?.(expression) === true) continue;
    const isCode = value?.kind === "text" && IN_CODE.test(page.slice(Math.max(0, start - TAG_CHARACTERS_MAX), start));
    const source = isCode ? `{\`${templateSource(value.text)}\`}` : shownSource(value);
    if (source !== "") found.push({ start, end, source });
  }
  for (const tag of tags) {
    const component = tag.kind === "alone" ? scope.get(tag.name) : undefined;
    if (component?.kind !== "function") continue;
    const source = shownSource(scope.bounded(() => component.call([propertiesOf(tag, scope)])));
    if (source !== "") found.push({ start: tag.start, end: tag.end, source });
  }
  if (found.length === 0) return undefined;
  let at = 0;
  let written = "";
  for (const { start, end, source } of found.toSorted((one, other) => one.start - other.start)) {
    if (start < at) continue;
    written += page.slice(at, start) + source;
    at = end;
  }
  return written + page.slice(at);
}

/** Kinds of expressions that show something as a rule. Names alone may be those of files, which are looked for elsewhere. */
const SHOWING = new Set(["CallExpression", "NewExpression", "ConditionalExpression", "LogicalExpression"]);
const LEFT_OUT_CHARACTERS_MAX = 60;

/** The beginnings of those whose values nobody knows before the site is built, between tags and in what components show. */
export function leftOut({ page, expressions, tags, scope }: Unfinished, isShown: (start: number) => boolean): string[] {
  const isUnknown = (expression: Expression) =>
    SHOWING.has(expression.type) && knownValue(expression, scope) === undefined;
  const between = expressions
    .filter(({ start, expression }) => !isShown(start) && isUnknown(expression))
    .map(({ start, end }) => page.slice(start, Math.min(end, start + LEFT_OUT_CHARACTERS_MAX + 1)));
  const inTags = tags.flatMap(({ start, name, expressions: values }) =>
    Array.from(values)
      .filter(([attribute, value]) => !isShown(start) && isForReaders(attribute) && isUnknown(value))
      .map(([attribute]) => `<${name} ${attribute}={…}>`),
  );
  return [...between, ...inTags].map((source) => {
    const line = source.replace(/\s+/g, " ");
    return line.length > LEFT_OUT_CHARACTERS_MAX ? `${line.slice(0, LEFT_OUT_CHARACTERS_MAX).toWellFormed()}…` : line;
  });
}

function isForReaders(attribute: string): boolean {
  return ["label", "text", "list"].includes(attributeKind(attribute));
}

export function propertiesOf({ attributes, expressions }: Tag, scope: Scope): Value {
  const spread = knownValue(expressions.get(SPREAD), scope);
  const values = new Map(spread?.kind === "object" ? spread.values : []);
  for (const [name, value] of attributes) {
    const expression = expressions.get(name);
    const known = expression === undefined ? text(decodeEntities(value ?? "")) : knownValue(expression, scope);
    if (known !== undefined) values.set(name, known);
  }
  return { kind: "object", values };
}

/** What a page knows without saying it; `props` where another page shows it. */
export function pageScope(page: string, frontMatter: ReadonlyMap<string, string>, props?: Value): Scope {
  const scope = new Scope(page);
  const values = new Map(Array.from(frontMatter, ([key, value]) => [key, text(value)] as const));
  const title = values.get("title");
  scope.declare("frontMatter", { kind: "object", values });
  scope.declare("frontmatter", { kind: "object", values });
  scope.declare("metadata", { kind: "object", values });
  scope.declare("contentTitle", title);
  scope.declare("props", props);
  return scope;
}
