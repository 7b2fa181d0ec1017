import { expect, test } from "bun:test";
import { printable, printableJson, stripped } from "../../src/text/printable.ts";

const hostile = "\x1b[31mred\x1b[0m\r\n\tline \x1b]0;title\x07two\u202e \u0085end 👩‍💻";

test("what a terminal would obey is shown as it is written, on one line", () => {
  const shown = printable(hostile);
  expect(shown).toBe("\\u001b[31mred\\u001b[0m line \\u001b]0;title\\u0007two\\u202e \\u0085end 👩‍💻");
});

test("JSON stays the JSON it was", () => {
  const json = JSON.stringify({ text: hostile });
  expect(printableJson(json)).not.toMatch(/[\u0080-\u009f\u202e]/);
  expect(JSON.parse(printableJson(json))).toEqual({ text: hostile });
});

test("or it goes, with what it meant", () => {
  expect(stripped(hostile)).toBe("red line two end 👩‍💻");
});
