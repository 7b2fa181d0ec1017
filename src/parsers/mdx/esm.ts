import { quotedEnd } from "./expression.ts";

/** An `import` or `export` of MDX. */
export type Esm = {
  /** Behind its last character. */
  readonly end: number;
  /** The names it declares. */
  readonly names: readonly string[];
  /** False when brackets stay open to the end of the page. */
  readonly isClosed: boolean;
};

// Strict, so that prose which begins with the word "import" or "export" stays.
const IMPORT =
  /import\s+(?:type\s+)?(?:([\w$]+|\*\s*as\s+[\w$]+)?\s*,?\s*(?:\{([^}]*)\})?\s*from\s*)?(["'])[^"'\n]+\3(?:\s+(?:with|assert)\s*\{[^}]*\})?[ \t]*;?[ \t]*(?:\/\/[^\n]*)?(?=\n|$)/y;
const REEXPORT = /export\s+(?:\*(?:\s*as\s+[\w$]+)?|\{[^}]*\})(?:\s*from\s*(["'])[^"'\n]+\1)?[ \t]*;?[ \t]*(?=\n|$)/y;
const EXPORT =
  /export\s+(?:default\s+(?=[({[<]|(?:async\s+)?function\b|class\b|[\w$.]+\s*(?:[;(]|=>|\n|$))|(?:const|let|var)\s+(?=[\w${[])|(?:async\s+)?function\s*\*?\s*(?=[\w$]+\s*\()|class\s+(?=[\w$]+\s*(?:extends\s|\{)))/y;
const NAME = /[A-Za-z_$][\w$]*/g;
// A statement goes on when its line ends like this.
const GOES_ON = /(?:[=(,{[<&|?:+\-*.]|=>)[ \t]*$/;

/** Of a pattern that declares names: `{ a, b }`. */
const NAMES_CHARACTERS_MAX = 500;

/** The `import` or `export` statement that begins at `at`, the start of a line. It has one line unless `mayGoOn`. */
export function readEsm(text: string, at: number, mayGoOn: boolean): Esm | undefined {
  if (text.startsWith("import", at)) {
    IMPORT.lastIndex = at;
    const match = IMPORT.exec(text);
    if (match === null) return undefined;
    const imported = `${match[1] ?? ""} ${(match[2] ?? "").replace(/[\w$]+\s+as\s+/g, "")}`;
    return { end: IMPORT.lastIndex, names: imported.match(NAME) ?? [], isClosed: true };
  }
  if (!text.startsWith("export", at)) return undefined;
  REEXPORT.lastIndex = at;
  if (REEXPORT.test(text)) return { end: REEXPORT.lastIndex, names: [], isClosed: true };
  EXPORT.lastIndex = at;
  if (!EXPORT.test(text)) return undefined;
  const declared = EXPORT.lastIndex;
  const names =
    /^(?:[{[][^}\]]*[}\]]|[\w$]+)/.exec(text.slice(declared, declared + NAMES_CHARACTERS_MAX))?.[0].match(NAME) ?? [];
  const end = mayGoOn ? statementEnd(text, declared) : -1;
  return { end: end < 0 ? lineEnd(text, declared) : end, names, isClosed: end >= 0 };
}

/** The end of the line on which all brackets are closed; -1 when they never are. */
function statementEnd(text: string, from: number): number {
  let depth = 0;
  let lineStart = from;
  for (let index = from; index < text.length; index++) {
    const skipped = quotedEnd(text, index, text.length);
    if (skipped < 0) return -1;
    if (skipped > index) {
      index = skipped - 1;
      // A comment to the end of the line ends before the newline.
      if (text[index] === "\n") index--;
      continue;
    }
    const character = text[index] ?? "";
    if ("{[(".includes(character)) depth++;
    else if ("}])".includes(character)) depth--;
    else if (character === "\n" && depth <= 0) {
      if (!GOES_ON.test(text.slice(lineStart, index))) return index;
      lineStart = index + 1;
    }
  }
  return depth <= 0 ? text.length : -1;
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}
