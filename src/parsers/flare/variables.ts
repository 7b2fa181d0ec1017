import type { Element, Nodes, Root } from "xast";
import { attribute, parseXml } from "./read-xml.ts";

/** The variables of a project by `variableKey`: `set.name`, and `folder/set.name` for a set that lies in one. */
export type Variables = ReadonlyMap<string, string>;

/** Where the value of a variable stands in another one, or in a title of a table of contents. */
const PLACEHOLDER = /\[%=([^%]*)%\]/g;
/** Variables within each other may make far more text than there is in the file. */
const ADDED_CHARACTERS_MAX = 10_000;
const WITHIN_MAX = 10;

/** Made when the help is built or printed, like the date and the page number. */
const SYSTEM = /^(?:System|Heading)\./i;

/** A file with variables, by its path in the project. */
export type VariableSet = { readonly path: string; readonly definitions: ReadonlyMap<string, string> };

/** The variables of one `.flvar` file. Throws when it is not well-formed XML. */
export function readVariables(path: string, text: string): VariableSet {
  const variables = elementsNamed(parseXml(text), "Variable");
  return { path, definitions: new Map(variables.map((one) => [attribute(one, "Name").trim(), definitionOf(one)])) };
}

/** The variables of all sets. Of sets with one name the one that lies least deep comes first, then the one whose path does. */
export function allVariables(sets: readonly VariableSet[]): Variables {
  const depth = ({ path }: VariableSet) => path.split("/").length;
  const variables = new Map<string, string>();
  for (const { path, definitions } of sets.toSorted((one, other) => depth(one) - depth(other))) {
    const inSets = path.replace(/^.*\bVariableSets\//i, "").replace(/\.flvar$/i, "");
    for (const set of new Set([inSets.split("/").at(-1) ?? "", inSets])) {
      for (const [name, value] of definitions) {
        const key = variableKey(`${set}.${name}`);
        if (!variables.has(key)) variables.set(key, value);
      }
    }
  }
  return evaluated(variables);
}

/** The value of a variable, by the name that a text has for it. */
export function variableNamed(variables: Variables, name: string): string | undefined {
  return variables.get(keyIn(variables, variableKey(name)));
}

/** A set may be named by the folder it lies in, and be the only one of its name. */
function keyIn(variables: Variables, key: string): string {
  return variables.has(key) ? key : key.slice(key.lastIndexOf("/") + 1);
}

/** What names of variables are compared by. */
export function variableKey(name: string): string {
  return name.trim().replaceAll("\\", "/").toLowerCase();
}

/** Whether Flare gives a variable its value. */
export function isOfSystem(name: string): boolean {
  return SYSTEM.test(name.trim());
}

/** The names of variables that stand in a text. */
export function placeholdersIn(text: string): string[] {
  return text.includes("[%=") ? [...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name.trim()) : [];
}

/** A text with what takes the places of the variables in it: by the whole placeholder, and the name in it. */
export function withoutPlaceholders(text: string, replace: (whole: string, name: string) => string): string {
  if (!text.includes("[%=")) return text;
  return text.replace(PLACEHOLDER, (whole, name: string) => replace(whole, name.trim()));
}

/** The variables with the values of those that they are made of. One that is made of itself has nothing there. */
function evaluated(definitions: Variables): Variables {
  const values = new Map<string, string>();
  const evaluate = (wanted: string, level: number): string => {
    const name = keyIn(definitions, wanted);
    const known = values.get(name);
    const definition = definitions.get(name);
    if (known !== undefined || definition === undefined || level > WITHIN_MAX) return known ?? "";
    values.set(name, "");
    const value = withValues(definition, (inner) => evaluate(variableKey(inner), level + 1));
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
  const own = textOf({ ...variable, children: variable.children.filter((child) => !isDefinition(child)) });
  // It may have several, and a target chooses.
  const [other] = variable.children.filter(isDefinition);
  const definition = own.trim() === "" && other !== undefined ? textOf(other) : own;
  // One that is made of others is stored evaluated too, and so is a date, which stands there as its format.
  const isMade = definition.includes("[%=") || attribute(variable, "Type") === "DateTime";
  const stored = attribute(variable, "EvaluatedDefinition");
  if ((isMade || definition.trim() === "") && stored !== "") return stored;
  return attribute(variable, "Type") === "DateTime" ? "" : definition;
}

function isDefinition(node: Nodes): boolean {
  return node.type === "element" && /definition$/i.test(node.name);
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
