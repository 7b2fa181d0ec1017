import type { Element, Nodes, Root } from "xast";
import { attribute, parseXml } from "./read-xml.ts";

/** The variables of a project by lower-case `set.name`. */
export type Variables = ReadonlyMap<string, string>;

/** Where the value of a variable stands in another one, or in a title of a table of contents. */
const PLACEHOLDER = /\[%=([^%]*)%\]/g;
/** Variables within each other may make far more text than there is in the file. */
const ADDED_CHARACTERS_MAX = 10_000;
const WITHIN_MAX = 10;

/** The variables of one `.flvar` file. Throws when it is not well-formed XML. */
export function readVariables(path: string, text: string): Variables {
  const set = (path.split("/").at(-1) ?? "").replace(/\.flvar$/i, "");
  return new Map(
    elementsNamed(parseXml(text), "Variable").map((variable) => [
      `${set}.${attribute(variable, "Name").trim()}`.toLowerCase(),
      definitionOf(variable),
    ]),
  );
}

/** The variables with the values of those that they are made of. One that is made of itself has nothing there. */
export function evaluated(definitions: Variables): Variables {
  const values = new Map<string, string>();
  const evaluate = (name: string, level: number): string => {
    const known = values.get(name);
    const definition = definitions.get(name);
    if (known !== undefined || definition === undefined || level > WITHIN_MAX) return known ?? "";
    values.set(name, "");
    const value = withValues(definition, (inner) => evaluate(inner.toLowerCase(), level + 1));
    values.set(name, value);
    return value;
  };
  for (const name of definitions.keys()) evaluate(name, 1);
  return values;
}

/** A text with the values of the variables it names. Without them when they are far longer than the text. */
export function withValues(text: string, valueOf: (name: string) => string): string {
  let result = "";
  let at = 0;
  for (const { 0: placeholder, 1: name = "", index } of text.matchAll(PLACEHOLDER)) {
    result += text.slice(at, index) + valueOf(name.trim());
    at = index + placeholder.length;
    if (result.length > text.length + ADDED_CHARACTERS_MAX) return text.replace(PLACEHOLDER, "");
  }
  return result + text.slice(at);
}

function definitionOf(variable: Element): string {
  const definition = textOf(variable);
  // One that is made of others is stored evaluated too, and so is a date, which stands there as its format.
  const isMade = definition.includes("[%=") || attribute(variable, "Type") === "DateTime";
  const stored = attribute(variable, "EvaluatedDefinition");
  if ((isMade || definition.trim() === "") && stored !== "") return stored;
  return attribute(variable, "Type") === "DateTime" ? "" : definition;
}

function textOf(node: Nodes): string {
  if (node.type === "text" || node.type === "cdata") return node.value;
  if (node.type === "element" && /^madcap:variable$/i.test(node.name)) return `[%=${attribute(node, "name")}%]`;
  return "children" in node ? node.children.map(textOf).join("") : "";
}

/** All elements below a node that have a name, in their order, those inside of one another included. */
function elementsNamed(node: Element | Root, name: string): Element[] {
  return node.children.flatMap((child) => {
    if (child.type !== "element") return [];
    const below = elementsNamed(child, name);
    return child.name === name ? [child, ...below] : below;
  });
}
