import type { Element, Nodes } from "xast";
import { attribute } from "./attribute.ts";
import { elementsNamed } from "./elements-named.ts";
import { parseXml } from "./read-xml.ts";

/** The variables of a project by lower-case `set.name`. */
export type Variables = ReadonlyMap<string, string>;

/** The variables of one `.flvar` file. Throws when it is not well-formed XML. */
export function readVariables(path: string, text: string): Variables {
  const set = (path.split("/").at(-1) ?? "").replace(/\.flvar$/i, "");
  return new Map(
    elementsNamed(parseXml(text), "Variable").map((variable) => [
      `${set}.${attribute(variable, "Name").trim()}`.toLowerCase(),
      valueOf(variable),
    ]),
  );
}

function valueOf(variable: Element): string {
  const definition = textOf(variable);
  // One made of others is stored evaluated too.
  const isMadeOfOthers = definition.includes("[%=") || variable.children.some((child) => child.type === "element");
  const evaluated = attribute(variable, "EvaluatedDefinition");
  return (isMadeOfOthers || definition.trim() === "") && evaluated !== "" ? evaluated : definition;
}

function textOf(node: Nodes): string {
  if (node.type === "text" || node.type === "cdata") return node.value;
  return "children" in node ? node.children.map(textOf).join("") : "";
}
