import { expect, test } from "bun:test";
import { estimateText } from "../../../src/commands/interactive/ask-action.ts";

const RATES = [
  { inFlight: 1, textsPerS: 5 },
  { inFlight: 2, textsPerS: 10 },
  { inFlight: 4, textsPerS: 12 },
];

test.each([
  [0, RATES, 4, ""],
  [1, [], 4, "up to 1 text"],
  [1_200, RATES, 1, "up to 1,200 texts, about 4m 0s"],
  [1_200, RATES, 3, "up to 1,200 texts, about 2m 0s"],
  [120, RATES, 8, "up to 120 texts, about 10 s"],
  [1, RATES, 8, "up to 1 text, about 1 s"],
])("%d texts at the speed that was measured of so many workers", (texts, rates, workers, text) => {
  expect(estimateText(texts, rates, workers)).toBe(text);
});
