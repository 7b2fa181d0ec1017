import { codeSpan } from "../../text/markdown.ts";
import { type AttributeKind, attributeKind, isCodeLike, isMachine, isName, isProse } from "./attribute-names.ts";
import { elementSource } from "./element-source.ts";
import { isComponent } from "./elements.ts";
import { meaningfulAlternative } from "./inline-rules.ts";
import { knownValue, type Scope, type Value } from "./known-value.ts";
import type { Tag } from "./tag.ts";

/** What a component shows of an attribute, as MDX; code as it is. */
export type Shown =
  | { readonly kind: "label" | "text"; readonly source: string }
  /** An item of a list, and what stands between its parts. */
  | { readonly kind: "item"; readonly sources: readonly string[]; readonly joint: ": " | " | " }
  | { readonly kind: "code"; readonly code: string };

type Named = { readonly name: string; readonly shown: Shown };

const ORDER = ["label", "name", "title", "header", "heading", "summary", "description"];
const DEPTH_MAX = 6;

/** What a component shows of its attributes, labels first. A name counts where there is something that is called so. */
export function shownAttributes(tag: Tag, hasContent: boolean, scope: Scope): Shown[] {
  // The description of `Translate` is for translators.
  if (!isComponent(tag.name) || tag.name === "Translate") return [];
  const found: Named[] = [];
  for (const [name, literal] of tag.attributes) {
    // What tabs are called is said where they are.
    if (name === "values" || (name === "value" && tag.name === "TabItem")) continue;
    const expression = tag.expressions.get(name);
    const value: Value | undefined =
      expression === undefined
        ? literal === undefined
          ? undefined
          : { kind: "text", text: literal }
        : knownValue(expression, scope);
    found.push(...shownOf(name, value, scope).map((shown) => ({ name, shown })));
  }
  const value = tag.attributes.get("value");
  if (hasContent && tag.name === "TabItem" && !tag.attributes.has("label") && value !== undefined) {
    found.unshift({ name: "label", shown: { kind: "label", source: value } });
  }
  const isSaid = hasContent || found.some(({ name }) => !isName(name));
  return found
    .filter(({ name, shown }) => isSaid || !isName(name) || ("source" in shown && isProse(shown.source)))
    .toSorted((one, other) => nameRank(one.name) - nameRank(other.name))
    .map(({ shown }) => shown);
}

function nameRank(name: string): number {
  const known = ORDER.indexOf(name);
  return known >= 0 ? known : attributeKind(name) === "label" ? ORDER.length : ORDER.length + 1;
}

function shownOf(name: string, value: Value | undefined, scope: Scope, depth = 0): Shown[] {
  const kind = attributeKind(name);
  if (value === undefined || kind === "hidden" || depth > DEPTH_MAX) return [];
  const again = (part: Value | undefined) => shownOf(name, part, scope, depth + 1);
  switch (value.kind) {
    case "text":
      return textShown(name, value.text);
    case "elements":
      return [{ kind: kind === "label" ? "label" : "text", source: elementSource(value.node, value.scope) }];
    case "list":
      // Of a text there are several where it depends on something.
      if (kind === "label" || kind === "text" || kind === "code") return value.values.flatMap(again);
      return value.values.flatMap((part) => itemShown(kind, part, depth + 1));
    case "object":
      return itemShown(kind, value, depth + 1);
    case "function":
      return again(scope.bounded(() => value.call([])));
    case "number":
      return [];
  }
}

function textShown(name: string, words: string): Shown[] {
  const kind = attributeKind(name);
  if (words.trim() === "") return [];
  if (/alt$/i.test(name)) return shownText(meaningfulAlternative(words));
  const isLong = words.trim().includes("\n");
  if (kind === "code") {
    if (isLong) return [{ kind: "code", code: words }];
    return /\S\s+\S/.test(words) ? [{ kind: "text", source: codeSpan(words.trim()) }] : [];
  }
  if (kind === "label") return ORDER.includes(name) || !isMachine(words) ? [{ kind: "label", source: words }] : [];
  if (isLong && isCodeLike(words)) return [{ kind: "code", code: words }];
  return (kind === "text" && !isMachine(words)) || isProse(words) ? shownText(words) : [];
}

function shownText(source: string): Shown[] {
  return source === "" ? [] : [{ kind: "text", source }];
}

/** One of several. */
function itemShown(kind: AttributeKind, value: Value | undefined, depth: number): Shown[] {
  const joint = value?.kind === "list" ? " | " : ": ";
  const sources = itemSources(kind, value, depth);
  return sources.length === 0 ? [] : [{ kind: "item", sources, joint }];
}

function itemSources(kind: AttributeKind, value: Value | undefined, depth: number): string[] {
  if (value === undefined || depth > DEPTH_MAX) return [];
  switch (value.kind) {
    case "text":
      if (kind === "code") return [codeSpan(value.text.replace(/\s+/g, " ").trim())];
      return (kind === "other" || kind === "enum" ? isProse(value.text) : !isMachine(value.text)) ? [value.text] : [];
    case "elements":
      return [elementSource(value.node, value.scope)];
    case "list":
      return value.values.flatMap((part) =>
        part?.kind === "number" ? [part.text] : itemSources(kind, part, depth + 1),
      );
    case "object":
      return [...value.values]
        .toSorted(([one], [other]) => nameRank(one) - nameRank(other))
        .flatMap(([name, part]) => {
          const partKind = attributeKind(name);
          if (partKind === "hidden") return [];
          if (part.kind === "text" && partKind === "other" && !isMachine(part.text) && /^\p{Lu}/u.test(part.text))
            return [part.text];
          return itemSources(partKind, part, depth + 1);
        });
    default:
      return [];
  }
}
