import type { Expression } from "estree";
import { requestOf } from "./page-imports.ts";

/** A place that shows something imported. */
export type Use =
  /** `<Part />`. */
  | { readonly as: "page"; readonly name: string }
  /** `{Sample}`. */
  | { readonly as: "code"; readonly name: string }
  /** `{require("!!raw-loader!./a.bbj")}`; without loaders. */
  | { readonly as: "code"; readonly request: string };

/** What an expression may show, in the order in which it names it. */
export function usesIn(expression: Expression): readonly Use[] {
  const uses: Use[] = [];
  const left: unknown[] = [expression];
  while (left.length > 0) {
    const node = left.pop();
    if (typeof node !== "object" || node === null) continue;
    if (Array.isArray(node)) {
      left.push(...node.toReversed());
      continue;
    }
    const use = useOf(node);
    if (use !== undefined) uses.push(use);
    left.push(...childrenOf(node).toReversed());
  }
  return uses;
}

function useOf(node: object): Use | undefined {
  switch (stringIn(node, "type")) {
    case "Identifier":
      return { as: "code", name: stringIn(node, "name") };
    case "JSXOpeningElement":
      return { as: "page", name: stringIn(fieldOf(node, "name"), "name") };
    case "CallExpression": {
      const argument = stringIn(fieldOf(fieldOf(node, "arguments"), "0"), "value");
      const isRequire = stringIn(fieldOf(node, "callee"), "name") === "require";
      const request = isRequire ? requestOf(argument) : undefined;
      return request?.as === "code" ? { as: "code", request: request.request } : undefined;
    }
    default:
      return undefined;
  }
}

/** Parts of a node that may name something; those that name a property do not. */
function childrenOf(node: object): readonly unknown[] {
  const type = stringIn(node, "type");
  const isNamed = fieldOf(node, "computed") === false;
  const name = type === "MemberExpression" ? "property" : type === "Property" ? "key" : "";
  return Object.entries(node).flatMap(([key, value]) => (isNamed && key === name ? [] : [value]));
}

function fieldOf(node: unknown, name: string): unknown {
  return typeof node === "object" && node !== null
    ? Object.entries(node).find(([key]) => key === name)?.[1]
    : undefined;
}

function stringIn(node: unknown, name: string): string {
  const value = fieldOf(node, name);
  return typeof value === "string" ? value : "";
}
