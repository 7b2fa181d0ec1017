import type { BlockStatement, Expression, Function as FunctionNode, Pattern, SpreadElement, Statement } from "estree";
import { Scope, text, type Value } from "./scope.ts";

/** What is known of an expression: literals, what is made of them, and both ways of a condition. */
export function knownValue(node: Expression | SpreadElement | null | undefined, scope: Scope): Value | undefined {
  return node === null || node === undefined ? undefined : scope.bounded(() => read(node, scope));
}

function read(node: Expression | SpreadElement, scope: Scope): Value | undefined {
  const of = (part: Expression | SpreadElement | null | undefined) => knownValue(part, scope);
  switch (node.type) {
    case "Literal":
      if (typeof node.value === "number") return { kind: "number", text: String(node.value) };
      return typeof node.value === "string" ? text(node.value) : undefined;
    case "TemplateLiteral":
      return text(node.quasis.map((part, index) => scope.textOf(part) + wordsOf(of(node.expressions[index]))).join(""));
    case "Identifier":
      return scope.get(node.name);
    case "ArrayExpression":
      return { kind: "list", values: node.elements.flatMap((element) => inList(element, scope)) };
    case "ObjectExpression": {
      const values = new Map<string, Value>();
      for (const property of node.properties) {
        if (property.type === "SpreadElement") {
          const spread = of(property.argument);
          if (spread?.kind === "object") for (const [key, value] of spread.values) values.set(key, value);
          continue;
        }
        const { key, value } = property;
        const name =
          key.type === "Identifier" && !property.computed ? key.name : key.type === "Literal" ? key.value : "";
        const known = isPattern(value) ? undefined : of(value);
        if (typeof name === "string" && name !== "" && known !== undefined) values.set(name, known);
      }
      return { kind: "object", values };
    }
    case "MemberExpression": {
      if (node.object.type === "Super" || node.property.type === "PrivateIdentifier") return undefined;
      const object = of(node.object);
      const name = node.computed
        ? wordsOf(of(node.property))
        : node.property.type === "Identifier"
          ? node.property.name
          : "";
      if (object?.kind === "object") return object.values.get(name);
      return object?.kind === "list" && /^\d{1,6}$/.test(name) ? object.values[Number(name)] : undefined;
    }
    case "ConditionalExpression":
      return both(of(node.consequent), of(node.alternate));
    case "LogicalExpression":
      return node.operator === "&&" ? of(node.right) : (of(node.left) ?? of(node.right));
    case "BinaryExpression": {
      if (node.operator !== "+" || node.left.type === "PrivateIdentifier") return undefined;
      const [left, right] = [of(node.left), of(node.right)];
      if (left?.kind === "number" && right?.kind === "number")
        return { kind: "number", text: String(Number(left.text) + Number(right.text)) };
      return left?.kind === "text" || right?.kind === "text" ? text(wordsOf(left) + wordsOf(right)) : undefined;
    }
    case "ArrowFunctionExpression":
    case "FunctionExpression":
      return functionOf(node, scope);
    case "CallExpression":
      return callOf(node, scope);
    case "ChainExpression":
      return of(node.expression);
    case "JSXElement":
    case "JSXFragment":
      return { kind: "elements", node, scope };
    default:
      return undefined;
  }
}

/** Strings and numbers as text. */
function wordsOf(value: Value | undefined): string {
  return value?.kind === "text" || value?.kind === "number" ? value.text : "";
}

function both(one: Value | undefined, other: Value | undefined): Value | undefined {
  return one === undefined || other === undefined ? (one ?? other) : { kind: "list", values: [one, other] };
}

function inList(element: Expression | SpreadElement | null, scope: Scope): readonly (Value | undefined)[] {
  if (element?.type !== "SpreadElement") return [knownValue(element, scope)];
  const spread = knownValue(element.argument, scope);
  return spread?.kind === "list" ? spread.values : [];
}

/** A function that is declared, or written where it is used. */
export function functionOf({ params, body }: FunctionNode, outer: Scope): Value {
  return {
    kind: "function",
    call: (given) => {
      const scope = new Scope(outer);
      for (const [index, parameter] of params.entries()) bind(parameter, given[index], scope);
      if (body.type !== "BlockStatement") return knownValue(body, scope);
      const returned = scope.bounded<Value>(() => ({ kind: "list", values: returnedBy(body, scope) }));
      const known = returned?.kind === "list" ? returned.values.filter((value) => value !== undefined) : [];
      return known.length < 2 ? known[0] : { kind: "list", values: known };
    },
  };
}

function bind(pattern: Pattern, value: Value | undefined, scope: Scope): void {
  switch (pattern.type) {
    case "Identifier":
      scope.declare(pattern.name, value);
      break;
    case "AssignmentPattern":
      bind(pattern.left, value ?? knownValue(pattern.right, scope), scope);
      break;
    case "ObjectPattern":
      for (const property of pattern.properties) {
        if (property.type !== "Property" || property.key.type !== "Identifier") continue;
        bind(property.value, value?.kind === "object" ? value.values.get(property.key.name) : undefined, scope);
      }
      break;
    case "ArrayPattern":
      for (const [index, element] of pattern.elements.entries()) {
        if (element !== null) bind(element, value?.kind === "list" ? value.values[index] : undefined, scope);
      }
  }
}

/** What any of the ways through a function ends with. */
function returnedBy({ body }: BlockStatement, scope: Scope): (Value | undefined)[] {
  return body.flatMap((statement) => returnedByOne(statement, scope));
}

function returnedByOne(statement: Statement, scope: Scope): (Value | undefined)[] {
  switch (statement.type) {
    case "ReturnStatement":
      return [knownValue(statement.argument, scope)];
    case "VariableDeclaration":
      for (const { id, init } of statement.declarations) bind(id, knownValue(init, scope), scope);
      return [];
    case "IfStatement": {
      const { consequent, alternate } = statement;
      return [consequent, ...(alternate ? [alternate] : [])].flatMap((way) => returnedByOne(way, scope));
    }
    case "BlockStatement":
      return returnedBy(statement, scope);
    default:
      return [];
  }
}

/** Lists that keep their words, whatever is done with them. */
const SAME_LIST = new Set(["filter", "sort", "toSorted", "slice", "reverse", "toReversed", "flat", "concat"]);
const SAME_TEXT = new Set(["trim", "toString", "trimEnd", "trimStart", "toLocaleString"]);

function callOf(node: Expression & { type: "CallExpression" }, scope: Scope): Value | undefined {
  const { callee } = node;
  const given = (index: number) => knownValue(node.arguments[index], scope);
  if (callee.type === "Identifier" && callee.name === "translate") {
    const message = given(0);
    return message?.kind === "object" ? message.values.get("message") : undefined;
  }
  if (callee.type === "Super") return undefined;
  if (callee.type !== "MemberExpression" || callee.object.type === "Super") {
    const called = knownValue(callee, scope);
    return called?.kind === "function" ? called.call(node.arguments.map((_, index) => given(index))) : undefined;
  }
  const name = callee.property.type === "Identifier" && !callee.computed ? callee.property.name : "";
  const of = callee.object.type === "Identifier" ? callee.object.name : "";
  const [first] = node.arguments;
  if (of === "JSON" && name === "stringify" && /^(?:Object|Array)/.test(first?.type ?? "")) {
    return first === undefined ? undefined : scope.sourceOf(first);
  }
  if (of === "Object") return entriesOf(name, given(0));
  const object = knownValue(callee.object, scope);
  if (object?.kind === "text") return SAME_TEXT.has(name) ? object : undefined;
  if (object?.kind !== "list") return undefined;
  if (SAME_LIST.has(name)) return object;
  if (name === "join") return text(object.values.map(wordsOf).join(wordsOf(given(0)) || ", "));
  const callback = name === "map" || name === "flatMap" ? given(0) : undefined;
  if (callback?.kind !== "function") return undefined;
  return {
    kind: "list",
    values: object.values.map((value, index) =>
      scope.bounded(() => callback.call([value, { kind: "number", text: String(index) }])),
    ),
  };
}

function entriesOf(name: string, object: Value | undefined): Value | undefined {
  if (object?.kind !== "object") return undefined;
  const entries = [...object.values].map(([key, value]) =>
    name === "keys" ? text(key) : name === "values" ? value : { kind: "list" as const, values: [text(key), value] },
  );
  return { kind: "list", values: entries };
}

function isPattern(node: Expression | Pattern): node is Exclude<Pattern, Expression> {
  return /Pattern$|^RestElement$/.test(node.type);
}
