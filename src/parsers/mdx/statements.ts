import { openFence } from "../../text/markdown.ts";

const STATEMENT =
  /^(?:import\s+(?:type\s+)?(?:[\w$*,{}\s]+\sfrom\s+)?["'][^"'\n]+["'];?[ \t]*|export\s+(?:const|let|var|function|class)\s+[\w$]+\s*[=({:][^\n]*)(?:\n|$)/;
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
