import type { Element, Nodes, Root } from "xast";
import { attribute, parseXml } from "./read-xml.ts";

/** Where the value of a variable stands in another one, or in a title of a table of contents. */
const PLACEHOLDER = /\[%=([^%]*)%\]/g;
/** Variables within each other may make far more text than there is in the file. */
const ADDED_CHARACTERS_MAX = 10_000;
const WITHIN_MAX = 10;

/** Made when the help is built or printed, like the date and the page number. */
const SYSTEM = /^(?:System|Heading)\./i;

/** A date that stands in the project as no more than its format. */
const DATE = "[%=System.DateTime%]";

/** A file with variables, by its path in the project. */
export type VariableSet = { readonly path: string; readonly definitions: ReadonlyMap<string, string> };

/** The variables of one `.flvar` file. Throws when it is not well-formed XML. */
export function readVariables(path: string, text: string): VariableSet {
  const variables = elementsNamed(parseXml(text), "Variable");
  return { path, definitions: new Map(variables.map((one) => [attribute(one, "Name").trim(), definitionOf(one)])) };
}

/**
 * The variables of a project: `set.name`, and `folder/set.name` for a set that lies in one. A name may differ from that of another
 * variable by case alone; else its case does not matter.
 */
export class Variables {
  readonly #definitions = new Map<string, string>();
  readonly #anyCase = new Map<string, string>();
  readonly #values = new Map<string, string>();
  readonly #lacking = new Set<string>();

  /** Of sets with one name the one that lies least deep comes first, then the one whose path does. */
  constructor(sets: readonly VariableSet[]) {
    const depth = ({ path }: VariableSet) => path.split("/").length;
    for (const { path, definitions } of sets.toSorted((one, other) => depth(one) - depth(other))) {
      const inSets = path.replace(/^.*\bVariableSets\//i, "").replace(/\.flvar$/i, "");
      for (const set of new Set([inSets.split("/").at(-1) ?? "", inSets])) {
        for (const [name, definition] of definitions) this.#add(`${set}.${name}`, definition);
      }
    }
    for (const key of this.#definitions.keys()) this.#evaluate(key, 1);
  }

  /** The value of a variable, by the name that a text has for it. What a topic is called stands in it as a placeholder. */
  value(name: string): string | undefined {
    const key = this.#keyOf(name);
    return key === undefined ? undefined : this.#values.get(key);
  }

  /** Whether a variable has no value, or not all of it, until the help is built. */
  isMadeByBuild(name: string): boolean {
    const key = this.#keyOf(name);
    if (key !== undefined) return this.#lacking.has(key);
    return isOfSystem(name) && !isKnownOfTopic(name) && !OF_LINK.test(variableKey(name));
  }

  #add(key: string, definition: string): void {
    if (!this.#definitions.has(key)) this.#definitions.set(key, definition);
    const lower = key.toLowerCase();
    if (!this.#anyCase.has(lower)) this.#anyCase.set(lower, key);
  }

  #keyOf(name: string): string | undefined {
    const whole = name.trim().replaceAll("\\", "/");
    // A set may be named by the folder it lies in, and be the only one of its name.
    for (const key of [whole, whole.slice(whole.lastIndexOf("/") + 1)]) {
      if (this.#definitions.has(key)) return key;
      const found = this.#anyCase.get(key.toLowerCase());
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The value with those of the variables that it is made of. One that is made of itself has nothing there. */
  #evaluate(key: string, level: number): string {
    const known = this.#values.get(key);
    const definition = this.#definitions.get(key);
    if (known !== undefined || definition === undefined || level > WITHIN_MAX) return known ?? "";
    this.#values.set(key, "");
    const value = withValues(definition, (name) => {
      const inner = this.#keyOf(name);
      if (inner === undefined && isKnownOfTopic(name)) return `[%=${name}%]`;
      const text = inner === undefined ? "" : this.#evaluate(inner, level + 1);
      if (this.isMadeByBuild(name)) this.#lacking.add(key);
      return text;
    });
    this.#values.set(key, value);
    return value;
  }
}

/** What a link leads to; it has a value there only. */
const OF_LINK = /^system\.linked(?:title|header)$/;
const OF_TOPIC = /^(?:system\.title|heading\.(?:anylevel|level([1-6])))$/;

/** Whether a variable of the system is what a topic says itself: its title, or its first heading. */
function isKnownOfTopic(name: string): boolean {
  return OF_TOPIC.test(variableKey(name));
}

/** The level of the heading that such a variable names; "" for any, undefined for other variables. */
export function headingLevel(name: string): string | undefined {
  const level = OF_TOPIC.exec(variableKey(name));
  return level === null ? undefined : (level[1] ?? "");
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
  const isDate = attribute(variable, "Type") === "DateTime";
  const isMade = isDate || definition.includes("[%=");
  const stored = attribute(variable, "EvaluatedDefinition");
  if ((isMade || definition.trim() === "") && stored !== "" && !(isDate && stored === definition)) return stored;
  return isDate ? DATE : definition;
}

function isDefinition(node: Nodes): boolean {
  return node.type === "element" && /definitions?$/i.test(node.name);
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
