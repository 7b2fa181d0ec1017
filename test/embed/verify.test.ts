import { expect, test } from "bun:test";
import { verifiedVectors } from "../../src/embed/verify.ts";
import { IngestError } from "../../src/flow/errors.ts";

const expected = { count: 2, dimensions: 3, model: "m", label: "http://h", shortening: undefined };

function failure(rows: unknown): IngestError {
  try {
    verifiedVectors(rows, expected);
  } catch (error) {
    if (error instanceof IngestError) return error;
    throw error;
  }
  throw new Error("accepted");
}

test("the vectors of a good answer arrive as float32, in order", () => {
  const vectors = verifiedVectors(
    [
      [1, 0, -0.5],
      [0, 0, 1e-30],
    ],
    expected,
  );
  expect(vectors).toEqual([new Float32Array([1, 0, -0.5]), new Float32Array([0, 0, 1e-30])]);
});

test.each([
  ["no list", undefined, "retry", "bad_answer"],
  ["an object", {}, "retry", "bad_answer"],
  ["too few vectors", [[1, 2, 3]], "retry", "bad_answer"],
  [
    "too many vectors",
    [
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ],
    "retry",
    "bad_answer",
  ],
  [
    "another dimension",
    [
      [1, 2],
      [1, 2],
    ],
    "fatal",
    "wrong_dimension",
  ],
  ["an empty vector", [[1, 2, 3], []], "split", "bad_vector"],
  [
    "a vector of zeros",
    [
      [1, 2, 3],
      [0, 0, 0],
    ],
    "split",
    "bad_vector",
  ],
  [
    "a vector that is zero in float32",
    [
      [1, 2, 3],
      [1e-60, 0, 0],
    ],
    "split",
    "bad_vector",
  ],
  [
    "a number float32 cannot hold",
    [
      [1, 2, 3],
      [1e39, 0, 1],
    ],
    "split",
    "bad_vector",
  ],
  [
    "null for NaN",
    [
      [1, 2, 3],
      [1, null, 3],
    ],
    "split",
    "bad_vector",
  ],
  [
    "text for a number",
    [
      [1, 2, 3],
      [1, "2", 3],
    ],
    "split",
    "bad_vector",
  ],
  ["base64 for a vector", [[1, 2, 3], "AAAA"], "split", "bad_vector"],
])("an answer with %s is refused", (_, rows, decision, code) => {
  expect(failure(rows)).toMatchObject({ decision, code });
});

test("a wrong dimension names both numbers and the setting to change", () => {
  const { message, hint } = failure([
    [1, 2],
    [1, 2],
  ]);
  expect(message).toBe('model "m" on http://h gives vectors of 2 numbers; embedding_dimensions says 3');
  expect(hint).toContain("--dimensions 2");
});
