import type { Expression, PrivateIdentifier, Program, Property, SpreadElement, Super } from "estree";
import { openFence } from "../../text/markdown.ts";
import { functionOf, knownValue } from "./known-value.ts";
import type { Scope } from "./scope.ts";

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

/** What is written between two braces, unless it is a comment. */
export function expressionOf(program: Program | undefined): Expression | undefined {
  const [statement] = program?.body ?? [];
  return statement?.type === "ExpressionStatement" ? statement.expression : undefined;
}

/** Whether an expression may show something else than what is written: it is no string, and no words between braces. */
export function mayShow(expression: Expression, declared: ReadonlySet<string>): boolean {
  if (literalText(expression) !== undefined) return false;
  return expression.type === "MemberExpression" || !isWords(expression, declared);
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

/** The names that statements of a page declare; what can be known of them goes into `scope`. */
export function declaredNames(program: Program | undefined, scope: Scope): string[] {
  return (program?.body ?? []).flatMap((statement) => {
    if (statement.type === "ImportDeclaration") return statement.specifiers.map(({ local }) => local.name);
    if (statement.type !== "ExportNamedDeclaration") return [];
    const { declaration } = statement;
    if (declaration?.type === "VariableDeclaration")
      return declaration.declarations.flatMap(({ id, init }) => {
        if (id.type !== "Identifier") return [];
        scope.declare(id.name, () => knownValue(init, scope));
        return [id.name];
      });
    if (declaration?.type === "FunctionDeclaration") scope.declare(declaration.id.name, functionOf(declaration, scope));
    return declaration === null || declaration === undefined ? [] : [declaration.id.name];
  });
}

const STATEMENT =
  /^(?:import\s+(?!\s)(?:type\s+(?!\s))?(?:[\w$*,{}\s]+\sfrom\s+)?["'][^"'\n]+["'];?[ \t]*|export\s+(?:const|let|var|function|class)\s+[\w$]+\s*[=({:][^\n]*)(?:\n|$)/;
const STATEMENT_CHARACTERS_MAX = 2000;
const DECLARATION =
  /^export\s+(?:default\s+)?(?:(?:const|let|var|type)\s+[\w$]+\s*[=:<]|(?:async\s+)?function\s+[\w$]+\s*[(<]|(?:class|interface|enum)\s+[\w$]+(?:\s+extends\s[^\n{]*)?\s*[{<])/;
/** A line that says that there is more. */
const GOES_ON = /(?:=>|[=|&?:,+])\s*$/;
const DECLARATION_CHARACTERS_MAX = 5000;

/**
 * Where the statements end that begin at `start`, the head of a paragraph, and that MDX refuses: for their types, or for what
 * stands below them.
 */
export function statementsEnd(page: string, start: number, end: number): number {
  let at = start;
  while (at < end && (page.startsWith("import", at) || page.startsWith("export", at))) {
    const next = declarationEnd(page, at) ?? at + statementLength(page.slice(at, end));
    if (next === at) break;
    at = next;
  }
  return at;
}

function statementLength(text: string): number {
  return STATEMENT.exec(text.slice(0, STATEMENT_CHARACTERS_MAX))?.[0].length ?? 0;
}

/** Behind the line that closes every bracket of a declaration, which may have blank lines, but no code block. */
function declarationEnd(page: string, start: number): number | undefined {
  const text = page.slice(start, start + DECLARATION_CHARACTERS_MAX);
  if (!DECLARATION.test(text)) return undefined;
  let open = 0;
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf("\n", at);
    const next = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, next);
    if (openFence(line.trimEnd()) !== undefined) return undefined;
    for (const character of line) open += "([{".includes(character) ? 1 : ")]}".includes(character) ? -1 : 0;
    if (open <= 0 && !GOES_ON.test(line)) return at === 0 || /^\s*[)\]}]/.test(line) ? start + next : undefined;
    at = next;
  }
  return undefined;
}
