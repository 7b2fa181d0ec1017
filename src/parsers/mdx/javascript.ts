import type { Expression, PrivateIdentifier, Program, Property, SpreadElement, Super } from "estree";

type Operand = Expression | PrivateIdentifier | SpreadElement | Super;

/**
 * What an expression says: the value of a string, nothing for code and comments; undefined for words between braces. A page
 * that uses a name it does not declare could not be built, so `{id}` is a placeholder in prose.
 */
export function expressionText(program: Program | undefined, declared: ReadonlySet<string>): string | undefined {
  const [statement] = program?.body ?? [];
  if (statement?.type !== "ExpressionStatement") return "";
  const { expression } = statement;
  return literalText(expression) ?? (isWords(expression, declared) ? undefined : "");
}

/** The value of a string or of a template without expressions. */
export function stringValue(program: Program | undefined): string | undefined {
  const [statement] = program?.body ?? [];
  return statement?.type === "ExpressionStatement" ? literalText(statement.expression) : undefined;
}

/** The source of an element that an attribute has for a value, without its braces. */
export function elementSource(program: Program | undefined, source: string): string | undefined {
  const [statement] = program?.body ?? [];
  const type: string = statement?.type === "ExpressionStatement" ? statement.expression.type : "";
  return type === "JSXElement" || type === "JSXFragment" ? source.slice(1, -1).trim() : undefined;
}

/** `[{ label: "One", value: "a" }]` as pairs of value and label. */
export function labelsOfValues(program: Program | undefined): (readonly [string, string])[] {
  const [statement] = program?.body ?? [];
  if (statement?.type !== "ExpressionStatement" || statement.expression.type !== "ArrayExpression") return [];
  return statement.expression.elements.flatMap((element) => {
    const [value, label] = [propertyText(element, "value"), propertyText(element, "label")];
    return value === undefined || label === undefined ? [] : [[value, label] as const];
  });
}

function propertyText(object: Expression | SpreadElement | null, name: string): string | undefined {
  if (object?.type !== "ObjectExpression") return undefined;
  for (const property of object.properties) {
    if (property.type !== "Property" || property.key.type !== "Identifier" || property.key.name !== name) continue;
    const { value } = property;
    return value.type === "Literal" || value.type === "TemplateLiteral" ? literalText(value) : undefined;
  }
  return undefined;
}

function literalText(expression: Expression): string | undefined {
  if (expression.type === "Literal") return typeof expression.value === "string" ? expression.value : undefined;
  const isPlain = expression.type === "TemplateLiteral" && expression.expressions.length === 0;
  return isPlain ? (expression.quasis[0]?.value.cooked ?? "") : undefined;
}

function isWords(expression: Operand, declared: ReadonlySet<string>): boolean {
  switch (expression.type) {
    case "Identifier":
      return !declared.has(expression.name);
    case "Literal":
      return true;
    case "MemberExpression":
      return !expression.computed && isWords(expression.object, declared);
    case "SequenceExpression":
      return expression.expressions.every((part) => isWords(part, declared));
    case "BinaryExpression":
      return isWords(expression.left, declared) && isWords(expression.right, declared);
    case "AssignmentExpression":
      // `_{i=1}` of a formula.
      return (
        expression.left.type === "Identifier" &&
        isWords(expression.left, declared) &&
        isWords(expression.right, declared)
      );
    case "CallExpression":
      return [expression.callee, ...expression.arguments].every((part) => isWords(part, declared));
    case "UnaryExpression":
      return isWords(expression.argument, declared);
    case "ObjectExpression":
      // `{{ name }}` of a template.
      return expression.properties.length > 0 && expression.properties.every((part) => isPlaceholder(part, declared));
    default:
      return false;
  }
}

function isPlaceholder(part: Property | SpreadElement, declared: ReadonlySet<string>): boolean {
  return part.type === "Property" && part.shorthand && part.key.type === "Identifier" && !declared.has(part.key.name);
}

/** The names that statements of a page declare. */
export function declaredNames(program: Program | undefined): string[] {
  return (program?.body ?? []).flatMap((statement) => {
    if (statement.type === "ImportDeclaration") return statement.specifiers.map(({ local }) => local.name);
    if (statement.type !== "ExportNamedDeclaration") return [];
    const { declaration } = statement;
    if (declaration?.type === "VariableDeclaration")
      return declaration.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
    return declaration === null || declaration === undefined ? [] : [declaration.id.name];
  });
}
