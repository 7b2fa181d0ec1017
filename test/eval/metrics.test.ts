import { describe, expect, test } from "bun:test";
import { hitAt, mean, normalizedGain, percentile, reciprocalRank, signTest } from "../../src/eval/metrics.ts";

describe("ranks", () => {
  test("count as hits up to the place that is asked about", () => {
    expect([1, 3, 4, undefined].map((rank) => hitAt(rank, 3))).toEqual([1, 1, 0, 0]);
  });

  test("make the mean reciprocal rank; what is not found is 0", () => {
    expect(mean([1, 2, 4, undefined].map(reciprocalRank))).toBe((1 + 0.5 + 0.25) / 4);
  });
});

describe("nDCG", () => {
  test("is 1 when all that is right comes first, 0 when nothing is found", () => {
    expect(normalizedGain([1, 2], 2, 10)).toBe(1);
    expect(normalizedGain([], 2, 10)).toBe(0);
    expect(normalizedGain([], 0, 10)).toBe(0);
  });

  test("discounts by the logarithm of the place", () => {
    expect(normalizedGain([3], 1, 10)).toBeCloseTo(1 / 2, 12);
    expect(normalizedGain([2, 5], 2, 10)).toBeCloseTo(
      (1 / Math.log2(3) + 1 / Math.log2(6)) / (1 + 1 / Math.log2(3)),
      12,
    );
  });

  test("asks for no more than there is room for", () => {
    expect(normalizedGain([1, 2, 3], 40, 3)).toBe(1);
  });
});

describe("a percentile", () => {
  test("is one of the values", () => {
    const values = Array.from({ length: 20 }, (_, index) => 20 - index);
    expect([percentile(values, 0.5), percentile(values, 0.95), percentile([7], 0.95)]).toEqual([10, 19, 7]);
  });
});

describe("the sign test", () => {
  // Binomial tables: 2 * P(X <= 1 | n = 9, p = 0.5) = 2 * (1 + 9) / 512.
  test("gives the two-sided exact probability", () => {
    expect(signTest(8, 1)).toBeCloseTo(20 / 512, 12);
    expect(signTest(1, 8)).toBeCloseTo(20 / 512, 12);
    expect(signTest(27, 0)).toBeCloseTo(2 / 2 ** 27, 15);
  });

  test("is 1 when both are the same, or nothing is different", () => {
    expect([signTest(0, 0), signTest(3, 3), signTest(1, 0)]).toEqual([1, 1, 1]);
  });

  test("does not lose itself in large numbers", () => {
    expect(signTest(2_000, 2_000)).toBe(1);
    expect(signTest(1_900, 2_100)).toBeCloseTo(0.0016, 3);
  });
});
