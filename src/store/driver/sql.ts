import type { Statement } from "./database.ts";

/**
 * Makes a statement. A value becomes a parameter; what `sql`, `ident`, `integer` or `constant` made becomes part of the
 * text, with its parameters renumbered.
 */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Statement {
  const pieces: string[] = [strings[0] ?? ""];
  const parameters: unknown[] = [];
  for (const [index, value] of values.entries()) {
    const inner = value instanceof Sql ? value : new Sql(["", ""], [value]);
    const [first = "", ...rest] = inner.pieces;
    pieces[pieces.length - 1] += first;
    pieces.push(...rest);
    pieces[pieces.length - 1] += strings[index + 1] ?? "";
    parameters.push(...inner.values);
  }
  return new Sql(pieces, parameters);
}

/** A quoted identifier. */
export function ident(name: string): Statement {
  return constant(quoted(name));
}

/** Columns as a list of quoted identifiers, each behind `table.` if one is given. */
export function columns(names: readonly string[], table?: string): Statement {
  return constant(names.map((name) => (table === undefined ? quoted(name) : `${table}.${quoted(name)}`)).join(", "));
}

/** Statements with commas between them. */
export function list(statements: readonly Statement[]): Statement {
  return statements.reduce((all, statement) => sql`${all}, ${statement}`);
}

/** A string written into the text, where PostgreSQL takes no parameter, as in a default. */
export function literal(value: string): Statement {
  // Without backslashes of its own meaning, whatever `standard_conforming_strings` says.
  return constant(` E'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`);
}

/** A number written into the text, where PostgreSQL takes no parameter, as in `vector(1024)`. */
export function integer(value: number): Statement {
  if (!Number.isSafeInteger(value)) throw new RangeError(`not an integer: ${value}`);
  return constant(String(value));
}

/** SQL of our own that is put together from constants. */
export function constant(text: string): Statement {
  return new Sql([text], []);
}

/** Text cut at its parameters, so that a statement inside another is numbered with it. */
class Sql implements Statement {
  readonly pieces: readonly string[];
  readonly values: readonly unknown[];

  constructor(pieces: readonly string[], values: readonly unknown[]) {
    this.pieces = pieces;
    this.values = values;
  }

  get text(): string {
    return this.pieces.reduce((text, piece, index) => `${text}$${index}${piece}`);
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
