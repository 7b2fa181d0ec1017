import { IngestError } from "../flow/errors.ts";

export type Expected = {
  readonly count: number;
  readonly dimensions: number;
  readonly model: string;
  /** Base URL without credentials. */
  readonly label: string;
  /** What could have shortened the vectors to `dimensions`, when the server was asked to and did not. */
  readonly shortening: string | undefined;
};

/**
 * The vectors of an answer, checked: one a text, each of `dimensions` finite numbers that are not all zero.
 * A wrong number of vectors may pass (`retry`), a useless vector concerns one text (`split`), a wrong dimension all (`fatal`).
 */
export function verifiedVectors(rows: unknown, expected: Expected): Float32Array[] {
  const { count, label } = expected;
  if (!Array.isArray(rows)) throw badAnswer(label, "no list of vectors");
  if (rows.length !== count) throw badAnswer(label, `${rows.length} vectors for ${count} texts`);
  return rows.map((row) => verifiedVector(row, expected));
}

/** An answer that is not what the protocol says. Asked again, the server may do better. */
export function badAnswer(label: string, what: string, hint?: string): IngestError {
  return new IngestError(`${label} answered with ${what}`, { decision: "retry", code: "bad_answer", hint });
}

/** The model's vectors do not fit the setting: no text of this corpus can be embedded so. */
export function wrongDimension(expected: Omit<Expected, "count">, actual: number, cause?: IngestError): IngestError {
  const { dimensions, label, model, shortening } = expected;
  const set = `set embedding_dimensions to ${actual} (--dimensions ${actual})`;
  const [why, other] =
    shortening === undefined
      ? ["", "choose another model with --model"]
      : [
          ` and is not shortened by this server${cause === undefined ? "" : ` (${cause.message})`}`,
          `use ${shortening}`,
        ];
  const hint = `${set}, or ${other}`;
  return new IngestError(
    `model "${model}" on ${label} gives vectors of ${actual} numbers${why}; embedding_dimensions says ${dimensions}`,
    { decision: "fatal", code: "wrong_dimension", hint, cause },
  );
}

/** Length of the first vector of an answer, if it has one. */
export function lengthOfFirst(rows: unknown): number | undefined {
  const first: unknown = Array.isArray(rows) ? rows[0] : undefined;
  return Array.isArray(first) && first.length > 0 ? first.length : undefined;
}

function verifiedVector(row: unknown, expected: Expected): Float32Array {
  if (!Array.isArray(row) || row.length === 0) throw badVector(expected.label, "is empty");
  if (row.length !== expected.dimensions) throw wrongDimension(expected, row.length);
  const vector = new Float32Array(row.length);
  let sum = 0;
  for (let index = 0; index < row.length; index++) {
    const value: unknown = row[index];
    // JSON has no NaN: servers write null, or a number that float32 cannot hold.
    if (typeof value !== "number") throw badVector(expected.label, "holds something that is not a number");
    vector[index] = value;
    sum += Math.abs(vector[index] ?? 0);
  }
  if (!Number.isFinite(sum)) throw badVector(expected.label, "holds an infinite number");
  if (sum === 0) throw badVector(expected.label, "is all zero");
  return vector;
}

function badVector(label: string, what: string): IngestError {
  return new IngestError(`the vector of ${label} ${what}`, { decision: "split", code: "bad_vector" });
}
