import { expect, test } from "bun:test";
import { wordingOf } from "../../src/text/wording.ts";

test.each([
  ["open a file", "open a file", [], []],
  ['how to "open a file" now', 'how to "open a file" now', ["open a file"], []],
  ["“sorted rows” of a grid", "“sorted rows” of a grid", ["sorted rows"], []],
  ["printing -grid", "printing", [], ["grid"]],
  ["-grid printing -BBjGrid.addRow to paper", "printing to paper", [], ["grid", "BBjGrid.addRow"]],
  // What is no operator.
  ["what does --workers do", "what does --workers do", [], []],
  ["set -v or -1", "set -v or -1", [], []],
  ["a - b", "a - b", [], []],
  ["well-known words", "well-known words", [], []],
  ["call of x-count, -count, (-count)", "call of x-count, -count, (-count)", [], []],
  ["the code `total -count` fails", "the code `total -count` fails", [], []],
  ['the code "total -count" fails', 'the code "total -count" fails', ["total -count"], []],
  ['"unclosed words', '"unclosed words', [], []],
  ['print("hello") 5"wide', 'print("hello") 5"wide', [], []],
  ['addButton(101, "OK") a$ = "x"', 'addButton(101, "OK") a$ = "x"', [], []],
  ['what is "open a file"?', 'what is "open a file"?', ["open a file"], []],
  ['"???" and "" words', '"???" and "" words', [], []],
  // Nothing would be left.
  ["-grid", "-grid", [], []],
  ["-grid ??? -rows", "-grid ??? -rows", [], []],
  // Pasted text.
  ['total\n -count "two words"', 'total\n -count "two words"', [], []],
])("%j asks for %j with the phrases %j, without %j", (question, text, phrases, excluded) => {
  expect(wordingOf(question)).toEqual({ text, phrases, excluded });
});

test("a dash that is a part of a name is no mark", () => {
  const kept = new Set(["classpath"]);
  expect(wordingOf("start -classpath -grid", kept)).toMatchObject({ text: "start -classpath", excluded: ["grid"] });
  expect(wordingOf("start -Classpath", kept)).toMatchObject({ text: "start -Classpath", excluded: [] });
});

test("a text of any length is no matter", () => {
  for (const long of ["-a ", '"a" ', "-a.", '"', "-word "].map((part) => part.repeat(200_000)))
    expect(wordingOf(long)).toEqual({ text: long, phrases: [], excluded: [] });
});
