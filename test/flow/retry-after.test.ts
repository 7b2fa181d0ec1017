import { expect, test } from "bun:test";
import { retryAfterMs } from "../../src/flow/retry-after.ts";

const NOW_MS = Date.UTC(2026, 0, 1, 12);

test("a server may name seconds, or a time", () => {
  expect(retryAfterMs("7", NOW_MS)).toBe(7_000);
  expect(retryAfterMs("0.5", NOW_MS)).toBe(500);
  expect(retryAfterMs("Thu, 01 Jan 2026 12:00:30 GMT", NOW_MS)).toBe(30_000);
  expect(retryAfterMs("Thu, 01 Jan 2026 11:00:00 GMT", NOW_MS)).toBe(0);
});

test("what means nothing asks for nothing", () => {
  for (const nonsense of [null, "soon", "-3", " "]) expect(retryAfterMs(nonsense, NOW_MS)).toBeUndefined();
});
