// Far longer than any expression in a page of text; keeps a stray brace from being looked at again and again.
export const EXPRESSION_CHARACTERS_MAX = 20_000;
/** Of templates in expressions in templates. */
const NESTING_MAX = 20;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "" };

// What JavaScript has and prose between braces has not: arrows, JSX, logic, calls, array literals.
const JAVASCRIPT = /=>|<\/?[A-Za-z>]|&&|\|\||\?.*:|[\w$]\s*\(|^\s*\[/s;
const MEMBER = /^\s*([A-Za-z_$][\w$]*)(?:\??\.[\w$]+)*\s*$/;
const COMMENTS_ONLY = /^\s*(?:\/\*(?:[^*]|\*(?!\/))*\*\/\s*|\/\/[^\n]*\n?\s*)+$/;

/**
 * The index behind the brace that closes the one at `at`, with strings, templates and comments read as JavaScript does;
 * -1 when there is none before `limit`.
 */
export function expressionEnd(text: string, at: number, limit = text.length, nesting = 0): number {
  const end = Math.min(limit, text.length, at + EXPRESSION_CHARACTERS_MAX);
  let depth = 0;
  for (let index = at; index < end; index++) {
    const skipped = quotedEnd(text, index, end, nesting);
    if (skipped < 0) return -1;
    if (skipped > index) {
      index = skipped - 1;
      continue;
    }
    const character = text[index];
    if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return index + 1;
  }
  return -1;
}

/** The index behind the string, template or comment that begins at `at`; `at` when none does, -1 when a template never ends. */
export function quotedEnd(text: string, at: number, limit: number, nesting = 0): number {
  switch (text[at]) {
    case '"':
    case "'":
      return stringEnd(text, at, limit);
    case "`":
      return nesting < NESTING_MAX ? templateEnd(text, at, limit, nesting + 1) : -1;
    case "/": {
      if (text[at + 1] === "*") return behind(text, "*/", at + 2, limit) ?? at;
      // Not the slashes of a URL.
      if (text[at + 1] === "/" && text[at - 1] !== ":") return behind(text, "\n", at + 2, limit) ?? at;
      return at;
    }
    default:
      return at;
  }
}

/** What an expression says: the value of a string literal, nothing for code; undefined when it is no JavaScript but words. */
export function expressionText(inner: string, declared: ReadonlySet<string>): string | undefined {
  if (COMMENTS_ONLY.test(inner)) return "";
  const literal = literalValue(inner);
  if (literal !== undefined) return literal;
  const root = MEMBER.exec(inner)?.[1];
  // A page that uses a name it does not declare could not be built, so `{name}` is a placeholder in prose.
  if (root !== undefined) return declared.has(root) ? "" : undefined;
  return JAVASCRIPT.test(inner) ? "" : undefined;
}

/** The value of a string or template literal that stands alone. */
export function literalValue(inner: string): string | undefined {
  const literal = inner.trim();
  const quote = literal[0];
  if (quote !== '"' && quote !== "'" && quote !== "`") return undefined;
  if (literal.length < 2 || quotedEnd(literal, 0, literal.length) !== literal.length) return undefined;
  return literal.slice(1, -1).replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character);
}

/** A quote without its partner on the line is an apostrophe in JSX text. */
function stringEnd(text: string, at: number, limit: number): number {
  const quote = text[at];
  for (let index = at + 1; index < limit; index++) {
    const character = text[index];
    if (character === "\\") index++;
    else if (character === quote) return index + 1;
    else if (character === "\n") return at;
  }
  return at;
}

function templateEnd(text: string, at: number, limit: number, nesting: number): number {
  for (let index = at + 1; index < limit; index++) {
    const character = text[index];
    if (character === "\\") index++;
    else if (character === "`") return index + 1;
    else if (character === "$" && text[index + 1] === "{") {
      const end = expressionEnd(text, index + 1, limit, nesting);
      if (end < 0) return -1;
      index = end - 1;
    }
  }
  return -1;
}

function behind(text: string, mark: string, from: number, limit: number): number | undefined {
  const found = text.indexOf(mark, from);
  return found < 0 || found >= limit ? undefined : found + mark.length;
}
