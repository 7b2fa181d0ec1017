import { decodeEntities } from "../../text/entities.ts";
import { codeSpan } from "../../text/markdown.ts";
import { isName, isProse } from "./attribute-names.ts";
import { isComponent } from "./elements.ts";
import { knownValue } from "./known-value.ts";
import type { Scope, Value } from "./scope.ts";
import { nameRank, type Shown, shownValue } from "./shown-value.ts";
import { SPREAD, type Tag } from "./tag.ts";

type Named = { readonly name: string; readonly shown: Shown };

/** What a component shows of its attributes, labels first. A name counts where there is something that is called so. */
export function shownAttributes(tag: Tag, hasContent: boolean, scope: Scope): Shown[] {
  const html = knownValue(tag.expressions.get("dangerouslySetInnerHTML"), scope);
  const source = html?.kind === "object" ? html.values.get("__html") : undefined;
  if (source?.kind === "text") return [{ kind: "text", source: source.text }];
  // The description of `Translate` is for translators.
  if (!isComponent(tag.name) || tag.name === "Translate") return [];
  const found: Named[] = [];
  const spread = knownValue(tag.expressions.get(SPREAD), scope);
  for (const [name, value] of spread?.kind === "object" ? spread.values : []) {
    if (!tag.attributes.has(name)) found.push(...shownValue(name, value, scope).map((shown) => ({ name, shown })));
  }
  for (const [name, literal] of tag.attributes) {
    // What tabs are called is said where they are.
    if (name === "values" || (name === "value" && tag.name === "TabItem")) continue;
    if (PARAMETER.test(tag.name) && PARAMETER_NAMES.includes(name)) continue;
    // That of a picture in a set of them.
    if (name === "name" && tag.name.endsWith("Icon")) continue;
    const expression = tag.expressions.get(name);
    const value: Value | undefined =
      expression === undefined
        ? literal === undefined
          ? undefined
          : { kind: "text", text: literal }
        : knownValue(expression, scope);
    found.push(...shownValue(name, value, scope).map((shown) => ({ name, shown })));
  }
  const value = tag.attributes.get("value");
  if (hasContent && tag.name === "TabItem" && !tag.attributes.has("label") && value !== undefined) {
    found.unshift({ name: "label", shown: { kind: "label", source: value } });
  }
  const called = calledBy(tag, hasContent);
  if (called !== undefined && found.every(({ shown }) => shown.kind !== "label" || called.isCode)) {
    found.unshift({ name: "title", shown: { kind: "label", source: called.source } });
  }
  const isSaid = hasContent || found.some(({ name }) => !isName(name));
  return found
    .filter((one) => isSaid || !isName(one.name) || ("source" in one.shown && isProse(one.shown.source)))
    .toSorted((one, other) => nameRank(one.name) - nameRank(other.name))
    .map(({ shown }) => shown);
}

const PARAMETER = /(?:Field|Param|Parameter|Property|Prop|Option|Argument|Arg|Attribute)$/;
/** Where else parameters are named than in their `name`: by where they are passed. */
const PARAMETER_NAMES = ["path", "query", "body", "cookie", "param", "prop", "option", "flag", "field"];
const WORD = /(?:Term|Glossary|Key|Kbd|Shortcut|Abbr|Acronym|Variable|Constant)$/;
const WORD_NAMES = ["term", "word", "name", "value", "k", "keys", "id"];

const METHOD = /^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/i;
const ADDRESS_NAMES = ["path", "endpoint", "url", "route"];

/** What the component describes: `<ParamField path="limit">`, `<Endpoint method="GET" path="/pages">`. */
function calledBy({ name, attributes }: Tag, hasContent: boolean): { source: string; isCode: boolean } | undefined {
  const method = attributes.get("method") ?? "";
  const address = METHOD.test(method) ? firstOf(attributes, ADDRESS_NAMES) : undefined;
  if (address !== undefined)
    return { source: codeSpan(`${method.toUpperCase()} ${decodeEntities(address)}`), isCode: true };
  const parameter = hasContent && PARAMETER.test(name) ? firstOf(attributes, PARAMETER_NAMES) : undefined;
  return parameter === undefined ? undefined : { source: parameter, isCode: false };
}

/** What a component stands for in a sentence: `<Term id="cursor" />`. */
export function standsFor({ name, attributes }: Tag): string | undefined {
  return WORD.test(name) ? firstOf(attributes, WORD_NAMES) : undefined;
}

function firstOf(attributes: Tag["attributes"], names: readonly string[]): string | undefined {
  return names.map((name) => attributes.get(name)).find((value) => value !== undefined && value.trim() !== "");
}
