import { expect, test } from "bun:test";
import fc from "fast-check";
import { cutInTwo } from "../../src/chunk/cut-in-two.ts";

const HEADER = "Manual > Channels";

test("a chunk is cut between paragraphs, and both halves have its header", () => {
  const content = `${HEADER}\n\nThe first paragraph on OPEN.\n\nThe second paragraph on READ.`;
  expect(cutInTwo(content, HEADER)).toEqual([
    `${HEADER}\n\nThe first paragraph on OPEN.`,
    `${HEADER}\n\nThe second paragraph on READ.`,
  ]);
});

test("code that is cut stays code in both halves", () => {
  const lines = Array.from({ length: 20 }, (_, index) => `let total${index} = total${index} + price${index}`);
  const halves = cutInTwo(["```bbj", ...lines, "```"].join("\n"), "");
  for (const half of halves ?? []) expect(half).toMatch(/^```bbj\n[^]*\n```$/);
  for (const line of lines) expect(halves?.filter((half) => half.includes(line))).toHaveLength(1);
});

test("a text without any joint is cut between characters, never through one", () => {
  const [first = "", second = ""] = cutInTwo("😀".repeat(9), "") ?? [];
  expect(first + second).toBe("😀".repeat(9));
  expect(first.isWellFormed()).toBe(true);
});

test("a single character cannot be cut", () => {
  expect(cutInTwo(`${HEADER}\n\nx`, HEADER)).toBeUndefined();
  expect(cutInTwo("", "")).toBeUndefined();
});

test("cutting again and again ends, and loses no word", () => {
  const word = fc.constantFrom("a", "open", "\n\n", "\n", "x.", "```", "| a | b |", "日本語");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), (parts) => {
      const text = parts.join(" ");
      const words = (value: string) => (value.match(/[a-z日本語]/g) ?? []).length;
      let left: readonly string[] = [text];
      let whole = "";
      for (let round = 0; round < 40 && left.length > 0; round++) {
        left = left.flatMap((part) => {
          const halves = cutInTwo(part, "");
          if (halves === undefined) whole += part;
          return halves ?? [];
        });
      }
      expect(left).toEqual([]);
      // The line that opens a fence may be repeated.
      expect(words(whole)).toBeGreaterThanOrEqual(words(text));
    }),
  );
});
