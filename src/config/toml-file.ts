import { parse, TomlError } from "smol-toml";
import { usageError } from "../flow/errors.ts";
import { readTextFile } from "./text-file.ts";

/** A TOML file's top-level keys, and its text for those who look for line numbers. */
type TomlFile = { readonly keys: Readonly<Record<string, unknown>>; readonly text: string };

/**
 * Reads `path`, which messages call `label`. Undefined when there is no such file.
 * Throws a usage error when it cannot be read, is not UTF-8, or is not TOML (with line and column).
 */
export function readTomlFile(path: string, label: string): TomlFile | undefined {
  const text = readTextFile(path, label);
  if (text === undefined) return undefined;
  try {
    return { keys: parse(text), text };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line only: the rest quotes the file, and with it perhaps a password.
    const [reason = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    const line = text.split("\n")[error.line - 1]?.replace(/\r$/, "") ?? "";
    const { column = error.column, problem } = explained(reason, line, error.column);
    throw usageError(`${label}:${error.line}:${column}: not valid TOML: ${problem}`);
  }
}

const NO_END = "the string that begins here never ends: its closing quote is missing";

/** What people write that is no TOML, by what the parser says of it. */
const PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/^unfinished string$/, NO_END],
  [/^invalid value$/, 'no value: a text stands in quotes ("text"), others are numbers, true, false and lists'],
  [/^expected comma or end of structure$/, "a comma, or the end of the list or table (] or }), is missing before this"],
  [/\bescape\b/, "in double quotes a backslash is written twice (\"C:\\\\docs\"), in single quotes once ('C:\\docs')"],
  [
    /^(illegal character in|unexpected end of) key$/,
    "a line is KEY = VALUE, and a key has letters, digits, - and _ only",
  ],
  [/redefine/, "the key, or table, is there twice"],
];

function explained(reason: string, line: string, column: number): { column?: number; problem: string } {
  // Of a string that never ends it says that the end of the line stands in it.
  const start = reason.startsWith("control characters") && column > line.length ? openQuote(line) : 0;
  if (start > 0) return { column: start, problem: NO_END };
  return { problem: PROBLEMS.find(([pattern]) => pattern.test(reason))?.[1] ?? reason };
}

/** The column of the quote in a line that none closes; 0 when there is none. */
function openQuote(line: string): number {
  let start = 0;
  for (let index = 0; index < line.length; index++) {
    const character = line[index];
    if (start === 0 && character === "#") return 0;
    if (start === 0 && (character === '"' || character === "'")) start = index + 1;
    else if (character === "\\" && line[start - 1] === '"') index++;
    else if (start > 0 && character === line[start - 1]) start = 0;
  }
  return start;
}
