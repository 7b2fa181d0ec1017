import { expect, test } from "bun:test";
import { decodeEntities, decodeXml, namedCharacter } from "../../src/text/entities.ts";

test.each([
  ["a&nbsp;b&ThickSpace;c&#32;d&#xa0;e", "a b c d e"],
  ["in&shy;visible&zwj;", "invisible"],
  ["&Zcaron;&hearts;&CounterClockwiseContourIntegral;&eacute;", "Ž♥∳é"],
  ["&lt;b&gt; &#8594; &#X41;&#0;&#xd800;&#128;", "<b> → A "],
  ["&unknown; &constructor; &amp &; &#; &a b;", "&unknown; &constructor; &amp &; &#; &a b;"],
  ["&amp;lt;", "&lt;"],
])("%p is %p", (text, decoded) => {
  expect(decodeEntities(text)).toBe(decoded);
});

test("XML has five names, and characters as they are", () => {
  expect(decodeXml("?a=1&amp;copy;&AMP;&#160;&#x41;&nbsp;&#0;")).toBe("?a=1&copy;&\u00a0A&nbsp;&#0;");
});

test("a name stands for its character, whatever its case says", () => {
  expect([namedCharacter("Auml"), namedCharacter("auml"), namedCharacter("AUML")]).toEqual(["Ä", "ä", undefined]);
});
