import { type IngestError, usageError } from "../flow/errors.ts";
import { problemsError } from "./problems.ts";

const PROBLEMS_SHOWN_MAX = 20;
/** In larger files the line of a mistake in YAML is not looked for: it takes seconds, and by the square of their length. */
const YAML_SEARCHED_CHARACTERS_MAX = 60_000;

/** A value of the file, and where it stands in it. */
type Placed = { readonly value: unknown; readonly place: string };

/**
 * The values of a list in a file: JSON Lines, a JSON array or YAML, or a list under `validation_cases`. Throws a usage error that
 * says where it is none of these.
 */
export function placedValues(content: string, path: string): { placed: Placed[]; isValidation: boolean } {
  const isYaml = /\.ya?ml$/i.test(path) || !(/\.(?:jsonl|ndjson|json)$/i.test(path) || /^\s*[[{]/.test(content));
  if (content.trim() === "") return { placed: [], isValidation: false };
  const whole = isYaml ? parseYaml(content, path) : parseJson(content, path);
  if (whole === undefined) return { placed: linesOf(content, path), isValidation: false };
  const isValidation = isTable(whole) && "validation_cases" in whole;
  // Of JSON Lines one line is a whole document, too.
  const isOne = !isYaml && !Array.isArray(whole);
  const list = isValidation ? whole.validation_cases : isOne ? [whole] : whole;
  if (!Array.isArray(list)) {
    throw usageError(`${path} must be a list of questions, or have one under validation_cases`);
  }
  return { placed: list.map((value: unknown, index) => ({ value, place: `question ${index + 1}` })), isValidation };
}

function linesOf(content: string, path: string): Placed[] {
  const problems: string[] = [];
  const placed = content.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      const value: unknown = JSON.parse(line);
      return [{ value, place: `line ${index + 1}` }];
    } catch (error) {
      problems.push(`line ${index + 1}: ${reasonOf(error)}`);
      return [];
    }
  });
  if (problems.length > 0) throw listedProblems(path, problems);
  return placed;
}

/** Undefined when it is not one document, but perhaps several lines of them. */
function parseJson(content: string, path: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    if (content.trimStart().startsWith("[")) throw usageError(`${path}: ${reasonOf(error)}`);
    return undefined;
  }
}

function parseYaml(content: string, path: string): unknown {
  try {
    return Bun.YAML.parse(content);
  } catch (error) {
    const line = yamlLine(content);
    throw usageError(`${path}${line === undefined ? "" : `, near line ${line}`}: ${reasonOf(error)}`);
  }
}

/** The line after the last one up to which it is YAML: the parser does not say where it stopped (Bun 1.4.5). */
function yamlLine(content: string): number | undefined {
  if (content.length > YAML_SEARCHED_CHARACTERS_MAX) return undefined;
  const lines = content.split("\n");
  for (let last = lines.length - 1; last > 0; last--) {
    try {
      Bun.YAML.parse(lines.slice(0, last).join("\n"));
      return last + 1;
    } catch {
      // Still too long.
    }
  }
  return 1;
}

/** `JSON Parse error: Expected ']'` -> `not JSON: Expected ']'`. */
function reasonOf(error: unknown): string {
  if (error instanceof RangeError) return "nested too deeply";
  if (!(error instanceof SyntaxError)) throw error;
  return error.message.replace(/^(JSON|YAML) Parse error: /, "not $1: ");
}

/** One error for all problems of a file, at least one; of very many the first. */
export function listedProblems(path: string, problems: readonly string[]): IngestError {
  const more = problems.length - PROBLEMS_SHOWN_MAX;
  const shown = more > 0 ? [...problems.slice(0, PROBLEMS_SHOWN_MAX), `and ${more} more`] : problems;
  return problems.length === 1 ? usageError(`${path}, ${problems[0]}`) : problemsError(path, shown);
}

export function isTable(value: unknown): value is Readonly<Record<PropertyKey, unknown>> {
  return typeof value === "object" && value !== null;
}
