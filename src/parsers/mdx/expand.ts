import type { Expression } from "estree";
import type { Range } from "./edits.ts";
import { shownSource, templateSource } from "./element-source.ts";
import { knownValue, Scope, text, type Value } from "./known-value.ts";
import type { Tag } from "./tag.ts";

/** An expression between the tags and words of a page. */
export type PageExpression = Range & { readonly expression: Expression };

const IN_CODE = /<(?:pre|code|CodeBlock|ExpandableCode)\b[^<>]*>\s*$/;
const TAG_CHARACTERS_MAX = 500;

/**
 * The page with what is known of its expressions, and of components it declares, in place of them. `undefined` where nothing
 * of it is.
 */
export function expanded(
  page: string,
  expressions: readonly PageExpression[],
  tags: readonly Tag[],
  scope: Scope,
): string | undefined {
  const found: (Range & { readonly source: string })[] = [];
  for (const { start, end, expression } of expressions) {
    const value = knownValue(expression, scope);
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

function propertiesOf({ attributes, expressions }: Tag, scope: Scope): Value {
  const values = new Map<string, Value>();
  for (const [name, value] of attributes) {
    const expression = expressions.get(name);
    const known = expression === undefined ? text(value ?? "") : knownValue(expression, scope);
    if (known !== undefined) values.set(name, known);
  }
  return { kind: "object", values };
}

/** What a page knows without saying it. */
export function pageScope(page: string, frontMatter: ReadonlyMap<string, string>): Scope {
  const scope = new Scope(page);
  const values = new Map(Array.from(frontMatter, ([key, value]) => [key, text(value)] as const));
  const title = values.get("title");
  scope.declare("frontMatter", { kind: "object", values });
  scope.declare("metadata", { kind: "object", values });
  scope.declare("contentTitle", title);
  return scope;
}
