import { codeSpan } from "../../text/markdown.ts";
import { type AttributeKind, attributeKind, isCodeLike, isMachine, isProse, isSentence } from "./attribute-names.ts";
import { elementSource } from "./element-source.ts";
import { meaningfulAlternative } from "./inline-rules.ts";
import type { Scope, Value } from "./scope.ts";

/** What is shown of a value, as MDX; code as it is. */
export type Shown =
  | { readonly kind: "label" | "text"; readonly source: string }
  /** An item of a list, and what stands between its parts. */
  | { readonly kind: "item"; readonly sources: readonly string[]; readonly joint: ": " | " | " }
  | { readonly kind: "code"; readonly code: string };

const ORDER = ["label", "name", "title", "header", "heading", "summary", "description"];
const DEPTH_MAX = 15;

/** What is shown of the value of an attribute. */
export function shownValue(name: string, value: Value | undefined, scope: Scope, depth = 0): Shown[] {
  const kind = attributeKind(name);
  if (value === undefined || depth > DEPTH_MAX) return [];
  if (kind === "hidden") return value.kind === "text" && isSentence(value.text) ? shownText(value.text) : [];
  const again = (part: Value | undefined) => shownValue(name, part, scope, depth + 1);
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
      return (
        namedObjects(value.values)?.flatMap((entry) => itemOf(namedParts(kind, entry, depth + 1), ": ")) ??
        itemShown(kind, value, depth + 1)
      );
    case "function":
      return again(scope.bounded(() => value.call([])));
    case "number":
      return [];
  }
}

function textShown(name: string, value: string): Shown[] {
  const kind = attributeKind(name);
  const words = dedented(value);
  if (words.trim() === "") return [];
  if (/alt$/i.test(name)) return shownText(meaningfulAlternative(words));
  const isLong = words.includes("\n");
  if (kind === "code") {
    if (isLong) return [{ kind: "code", code: words }];
    return /\S\s+\S/.test(words) ? [{ kind: "text", source: codeSpan(words) }] : [];
  }
  if (kind === "label") return ORDER.includes(name) || !isMachine(words) ? [{ kind: "label", source: words }] : [];
  if (isLong && isCodeLike(words)) return [{ kind: "code", code: words }];
  return (kind === "text" && !isMachine(words)) || isProse(words) ? shownText(words) : [];
}

function shownText(source: string): Shown[] {
  return source === "" ? [] : [{ kind: "text", source }];
}

/** Lines of a template without what only shows where it stands. */
function dedented(lines: string): string {
  const trimmed = lines.replace(/^(?:[ \t]*\n)+/, "").trimEnd();
  // What begins behind the mark that opens the template says itself how far its lines are indented.
  if (!lines.startsWith("\n")) return trimmed.trimStart();
  const indents = trimmed.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.search(/\S/)]));
  const indent = indents.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  return trimmed
    .split("\n")
    .map((line) => line.slice(Math.min(indent, line.length)))
    .join("\n");
}

/** Labels come first. */
export function nameRank(name: string): number {
  const known = ORDER.indexOf(name);
  return known >= 0 ? known : attributeKind(name) === "label" ? ORDER.length : ORDER.length + 1;
}

/** Objects by their names: `{ size: { description: "How large" } }`. */
function namedObjects(values: ReadonlyMap<string, Value>): (readonly [string, Value])[] | undefined {
  const entries = [...values];
  return entries.length > 0 && entries.every(([, { kind }]) => kind === "object") ? entries : undefined;
}

function namedParts(kind: AttributeKind, [name, value]: readonly [string, Value], depth: number): ItemPart[] {
  const parts = itemParts(kind, value, depth);
  return parts.length === 0 ? [] : [{ source: name }, ...parts];
}

/** One of several, and the code that it shows. */
function itemShown(kind: AttributeKind, value: Value | undefined, depth: number): Shown[] {
  return itemOf(itemParts(kind, value, depth), value?.kind === "list" ? " | " : ": ");
}

function itemOf(parts: readonly ItemPart[], joint: ": " | " | "): Shown[] {
  const sources = parts.flatMap((part) => ("source" in part ? [part.source] : []));
  const code = parts.flatMap((part) => ("code" in part ? [{ kind: "code", code: part.code } as const] : []));
  return sources.length === 0 ? code : [{ kind: "item", sources, joint }, ...code];
}

type ItemPart = { readonly source: string } | { readonly code: string };

function itemParts(kind: AttributeKind, value: Value | undefined, depth: number): ItemPart[] {
  if (value === undefined || depth > DEPTH_MAX) return [];
  switch (value.kind) {
    case "text":
      return itemText(kind, dedented(value.text));
    case "elements":
      return [{ source: elementSource(value.node, value.scope) }];
    case "list":
      return value.values.flatMap((part) =>
        part?.kind === "number" ? [{ source: part.text }] : itemParts(kind, part, depth + 1),
      );
    case "object":
      return (
        namedObjects(value.values)?.flatMap((entry) => namedParts(kind, entry, depth + 1)) ??
        [...value.values]
          .toSorted(([one], [other]) => nameRank(one) - nameRank(other))
          .flatMap(([name, part]) => {
            const partKind = attributeKind(name);
            if (partKind === "hidden") return [];
            // A cell of one word.
            const isCell = part.kind === "text" && partKind === "other" && /^\p{Lu}\S*$/u.test(part.text);
            return itemParts(isCell ? "list" : partKind, part, depth + 1);
          })
      );
    default:
      return [];
  }
}

function itemText(kind: AttributeKind, words: string): ItemPart[] {
  const isLong = words.includes("\n");
  if (isLong && (kind === "code" || isCodeLike(words))) return [{ code: words }];
  if (kind === "code") return words === "" ? [] : [{ source: codeSpan(words) }];
  const isShown = kind === "other" || kind === "enum" ? isProse(words) : !isMachine(words);
  return isShown ? [{ source: words }] : [];
}
