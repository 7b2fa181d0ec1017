import { expect, test } from "bun:test";
import fc from "fast-check";
import { shellWord } from "../../src/text/shell-word.ts";
import { printable } from "../../src/text/printable.ts";

/** What a POSIX shell makes of the words of a line. */
function wordsOf(line: string): string[] {
  const { stdout } = Bun.spawnSync(["sh", "-c", `printf '%s\\0' ${line}`]);
  return stdout.toString().split("\0").slice(0, -1);
}

const odd = [
  "a b",
  "it's",
  '"',
  "$HOME",
  "`id`",
  "~",
  "~/x",
  "*",
  "?",
  "[a]",
  "{a,b}",
  "!x",
  "#x",
  "a=b",
  "=cat",
  "-x",
];
const odder = [
  "\\",
  "\\n",
  "%s",
  "a\nb",
  "\ta",
  "a\rb",
  "\x1b[31m",
  "a\u202eb",
  "\u2028",
  "ä'\n%\\",
  "-a\nb",
  "&",
  ";",
  "|",
  "<",
];

test("a shell reads each word as it was, and a terminal obeys none", () => {
  const words = [...odd, ...odder, "", "plain-word/1.2:3,4@5%+"];
  const line = words.map(shellWord).join(" ");
  expect(printable(line)).toBe(line);
  expect(wordsOf(line)).toEqual(words);
});

test("any text is one word", () => {
  const text = fc.string({ unit: "grapheme" }).map((word) => word.replaceAll("\0", "").replace(/\n+$/, ""));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1 }), (words) =>
      expect(wordsOf(words.map(shellWord).join(" "))).toEqual(words),
    ),
    { numRuns: 50 },
  );
});

test("words that need no quotes have none", () => {
  expect(["qwen3-embedding:0.6b", "/a/b.toml", "postgres://u@h:1/d"].map(shellWord)).toEqual([
    "qwen3-embedding:0.6b",
    "/a/b.toml",
    "postgres://u@h:1/d",
  ]);
});
