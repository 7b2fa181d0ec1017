import { expect, test } from "bun:test";
import type { Element, ElementContent, Root } from "hast";
import fc from "fast-check";
import { BLOCKS } from "../../../src/parsers/html/elements.ts";
import { htmlToMarkdown } from "../../../src/parsers/html/to-markdown.ts";

const NAMES = (
  "p div section blockquote h2 figure details center address b i strong em code kbd span a font label sub u mark del nobr " +
  "br img button hr"
).split(" ");
const CHILDLESS = new Set(["br", "img", "hr"]);
/** What parts two words without being one. */
const PARTING = new Set([...CHILDLESS, "button"]);

const made = (tagName: string, children: ElementContent[]): Element => ({
  type: "element",
  tagName,
  properties: {},
  children: CHILDLESS.has(tagName) ? [] : children,
});

const { content } = fc.letrec<{ content: ElementContent; text: ElementContent; element: Element }>((tie) => ({
  content: fc.oneof({ depthSize: "small", withCrossShrink: true }, tie("text"), tie("element")),
  text: fc.constantFrom("w", " w", "w ", "w w", "\n", "").map((value) => ({ type: "text" as const, value })),
  element: fc.oneof(
    fc
      .tuple(fc.constantFrom(...NAMES), fc.array(tie("content"), { maxLength: 4 }))
      .map(([name, all]) => made(name, all)),
    fc.tuple(fc.constantFrom("ul", "ol"), fc.array(tie("content"), { maxLength: 3 })).map(([name, all]) =>
      made(
        name,
        all.map((child) => made("li", [child])),
      ),
    ),
    fc.array(tie("content"), { minLength: 1, maxLength: 3 }).map((all) =>
      made("table", [
        made(
          "tr",
          all.map((child) => made("td", [child])),
        ),
      ]),
    ),
  ),
}));

/** The words of a tree in their order, as a browser shows them: each has a number, so that none can stand for another. */
function numbered(tree: Root): string[] {
  let count = 0;
  const shown = (node: Root | ElementContent): string => {
    if (node.type === "text") {
      node.value = node.value.replaceAll("w", () => `w${count++}x`);
      return node.value;
    }
    if (!("children" in node)) return "";
    const text = node.children.map((child) => (child.type === "doctype" ? "" : shown(child))).join("");
    if (node.type === "root") return text;
    if (PARTING.has(node.tagName)) return " ";
    return BLOCKS.has(node.tagName) ? ` ${text} ` : text;
  };
  return shown(tree).split(/\s+/).filter(Boolean);
}

test("no word of a tree is lost, moved or joined with another, whatever stands within whatever", () => {
  fc.assert(
    fc.property(fc.array(content, { minLength: 1, maxLength: 4 }), (children) => {
      const tree: Root = { type: "root", children: structuredClone(children) };
      const words = numbered(tree).flatMap((word) => word.match(/w\d+x/g) ?? []);
      const joined = new Set(numbered({ type: "root", children: structuredClone(children) }));
      const markdown = htmlToMarkdown(tree).replace(/[*`]/g, "");
      expect([...(markdown.match(/w\d+x/g) ?? [])]).toEqual(words);
      // A line may be cut where a browser does not, but never are two words made one.
      for (const word of markdown.match(/(?:w\d+x)+/g) ?? [])
        expect([...joined].some((one) => one.includes(word))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
