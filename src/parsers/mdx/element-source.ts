import type {
  JSXAttribute,
  JSXElement,
  JSXFragment,
  JSXMemberExpression,
  JSXOpeningElement,
  JSXSpreadAttribute,
} from "estree-jsx";
import { isCode } from "./elements.ts";
import { knownValue } from "./known-value.ts";
import type { Scope, Value } from "./scope.ts";

/** Elements as MDX on one line, with what is known in place of the names and expressions in them. */
export function elementSource(node: JSXElement | JSXFragment, scope: Scope): string {
  return scope.bounded(() => sourceOf(node, scope)) ?? "";
}

function sourceOf(node: JSXElement | JSXFragment, scope: Scope): string {
  if (node.type === "JSXFragment") return `<>${contentOf(node.children, scope)}</>`;
  const { openingElement, children } = node;
  const name = nameOf(openingElement.name);
  const component = componentSource(name, openingElement.attributes, children, scope);
  if (component !== "") return component;
  const attributes = openingElement.attributes.flatMap((attribute) =>
    attribute.type === "JSXAttribute"
      ? [attributeOf(attribute, scope)]
      : spreadOf(attribute, scope).map(([spread, value]) => ` ${spread}={${literalSource(value) ?? '""'}}`),
  );
  if (isCode(name) || name === "code") {
    const language = LANGUAGE.exec(attributes.join("") + classesOf(children, scope))?.[0];
    const code = templateSource(codeOf(children, scope));
    return `<${name}${attributes.join("")}${language === undefined ? "" : ` class="${language}"`}>{\`${code}\`}</${name}>`;
  }
  const opening = `<${name}${attributes.join("")}`;
  return openingElement.selfClosing ? `${opening} />` : `${opening}>${contentOf(children, scope)}</${name}>`;
}

/** Text as it stands in a template, on one line. */
export function templateSource(words: string): string {
  return words.replace(/[\\`$]/g, "\\$&").replaceAll("\n", "\\n");
}

/** What a component shows that the page declares. */
function componentSource(
  name: string,
  attributes: JSXOpeningElement["attributes"],
  children: JSXElement["children"],
  scope: Scope,
): string {
  const component = scope.get(name);
  if (component?.kind !== "function") return "";
  const fragment: JSXFragment = {
    type: "JSXFragment",
    openingFragment: { type: "JSXOpeningFragment" },
    closingFragment: { type: "JSXClosingFragment" },
    children,
  };
  const values = new Map<string, Value>([["children", { kind: "elements", node: fragment, scope }]]);
  for (const attribute of attributes) {
    if (attribute.type === "JSXSpreadAttribute")
      for (const [spread, value] of spreadOf(attribute, scope)) values.set(spread, value);
    const known = attribute.type === "JSXAttribute" ? attributeValue(attribute.value, scope) : undefined;
    if (attribute.type === "JSXAttribute" && known !== undefined) values.set(nameOf(attribute.name), known);
  }
  return shownSource(scope.bounded(() => component.call([{ kind: "object", values }])));
}

const LANGUAGE = /language-[\w+#-]+/;

function classesOf(children: JSXElement["children"], scope: Scope): string {
  const [child] = children;
  if (child?.type !== "JSXElement") return "";
  return child.openingElement.attributes
    .map((attribute) => (attribute.type === "JSXAttribute" ? attributeOf(attribute, scope) : ""))
    .join("");
}

/** The text of elements that are code. */
function codeOf(children: JSXElement["children"], scope: Scope): string {
  return children
    .map((child) => {
      if (child.type === "JSXText") return child.value;
      if (child.type === "JSXElement" || child.type === "JSXFragment") return codeOf(child.children, scope);
      const value = child.type === "JSXExpressionContainer" ? attributeValue(child, scope) : undefined;
      return value?.kind === "text" || value?.kind === "number" ? value.text : "";
    })
    .join("");
}

/** What a value shows between tags. */
export function shownSource(value: Value | undefined): string {
  switch (value?.kind) {
    case "text":
      return proseSource(value.text.replace(/\s+/g, " "));
    case "number":
      return value.text;
    case "elements":
      return elementSource(value.node, value.scope);
    case "list":
      return value.values
        .map(shownSource)
        .filter((part) => part !== "")
        .join(" ");
    // What a component gets for its content, to call it.
    case "function":
      return shownSource(value.call([]));
    default:
      return "";
  }
}

function contentOf(children: JSXElement["children"], scope: Scope): string {
  return children
    .map((child) => {
      switch (child.type) {
        case "JSXText":
          return linesJoined(child.raw);
        case "JSXElement":
        case "JSXFragment":
          return elementSource(child, scope);
        case "JSXExpressionContainer":
          if (child.expression.type === "JSXEmptyExpression") return "";
          return shownSource(knownValue(child.expression, scope));
        default:
          return "";
      }
    })
    .join("");
}

/** White space around a line end is none, and a line end between words a space. */
function linesJoined(raw: string): string {
  return raw
    .split("\n")
    .map((line, index, lines) => {
      const begun = index === 0 ? line : line.trimStart();
      return index === lines.length - 1 ? begun : begun.trimEnd();
    })
    .filter((line) => line !== "")
    .join(" ");
}

function attributeOf({ name, value }: JSXAttribute, scope: Scope): string {
  const called = ` ${nameOf(name)}`;
  if (value === null) return called;
  if (value.type === "Literal") return `${called}=${value.raw?.replace(/\s+/g, " ") ?? '""'}`;
  const source = literalSource(attributeValue(value, scope));
  return source === undefined ? "" : `${called}={${source}}`;
}

function spreadOf({ argument }: JSXSpreadAttribute, scope: Scope): (readonly [string, Value])[] {
  const value = knownValue(argument, scope);
  return value?.kind === "object" ? [...value.values] : [];
}

function attributeValue(value: JSXAttribute["value"], scope: Scope): Value | undefined {
  if (value === null) return undefined;
  if (value.type !== "JSXExpressionContainer") return knownValue(value, scope);
  return value.expression.type === "JSXEmptyExpression" ? undefined : knownValue(value.expression, scope);
}

/** A value as JavaScript. */
function literalSource(value: Value | undefined): string | undefined {
  switch (value?.kind) {
    case "text":
      return JSON.stringify(value.text);
    case "number":
      return value.text;
    case "elements":
      return elementSource(value.node, value.scope);
    case "list":
      return `[${value.values.map((part) => literalSource(part) ?? "null").join(",")}]`;
    case "object":
      return `{${Array.from(value.values, ([key, part]) => `${JSON.stringify(key)}:${literalSource(part) ?? "null"}`).join(",")}}`;
    default:
      return undefined;
  }
}

function nameOf(name: JSXOpeningElement["name"] | JSXAttribute["name"] | JSXMemberExpression["object"]): string {
  switch (name.type) {
    case "JSXIdentifier":
      return name.name;
    case "JSXNamespacedName":
      return `${name.namespace.name}:${name.name.name}`;
    case "JSXMemberExpression":
      return `${nameOf(name.object)}.${name.property.name}`;
  }
}

/** Inline code and formulas in a string stay what they are. */
function proseSource(words: string): string {
  return words
    .split(/(`[^`]*`|\$[^$]+\$)/)
    .map((part, index) => (index % 2 === 0 ? escaped(part) : part))
    .join("");
}

/** Text that is not read as markup. */
function escaped(words: string): string {
  return words.replace(/[&<>{}|\\]/g, (character) => `&#${character.charCodeAt(0)};`);
}
