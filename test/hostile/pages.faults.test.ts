import { describe, expect, test } from "bun:test";
import { readPage } from "../../src/parsers/mdx/read-page.ts";

const text = async (page: string) => (await readPage(page)).content;

test.each([
  ["braces", "{\n"],
  ["nested templates", "{`${"],
  ["tags", '<a b="'],
  ["comments", "<!--"],
  ["exports", "export const a = {\n"],
  ["backticks", "a `` b ` "],
  ["brackets", "[a]("],
  ["boxes", "<TabItem label='x'>"],
  ["spaces", "                    "],
])("a page full of open %s is read in time that grows with its length", async (_, piece) => {
  // Quadratic readers need minutes for it, and the test runner ends them. In lines, for a longer one is not read.
  const line = `${piece.repeat(1000 / piece.length)}\n`;
  const page = line.repeat(200_000 / line.length);
  expect(await text(`# Title\n\n${page}\n\nEnd`)).toContain("End");
});

describe("a long page", () => {
  const filler = "## Part\n\nSome words, `code` and {braces, too}.\n\n- one\n  1. two\n\n".repeat(1200);

  test("is read in pieces that know each other's references, tags and code", async () => {
    const page = `<Box title="The box">\n\n[a][far] ![][logo]\n\n${filler}\n~~~\n## <b>\n~~~\n\n${filler}</Box>\n\n[far]: https://a.a\n[logo]: data:image/png;base64,AAAA\n`;
    const read = await text(page);
    const expected = `**The box**\n\n[a](https://a.a)\n\n${filler}~~~\n## <b>\n~~~\n\n${filler}`;
    expect(read).toBe(expected.trimEnd());
  });

  test.each([
    ["quotes in quotes", "> ".repeat(50_000)],
    ["a list in a list, for ever", "- ".repeat(50_000)],
    ["data on one line", '{"a": [1, 2, {"b": "<c>"}]}, '.repeat(20_000).trimEnd()],
  ])("that is %s is text", async (_, line) => {
    expect(await text(`# Title\n\n${line}\n\nEnd`)).toBe(`# Title\n\n${line.trimEnd()}\n\nEnd`);
  });

  test("of links in links, elements in attributes of elements and exports that never end is read", async () => {
    const links = `${"<a href='https://a.b'>\n".repeat(30_000)}One${"</a>\n".repeat(30_000)}`;
    const attributes = `${"<A title={\n".repeat(1200)}<b>two</b>${"} />".repeat(1200)}`;
    const exported = "export function f(a: string) {\n\n".repeat(2000);
    const read = await text([links, attributes, exported, "End"].join("\n\n"));
    expect(read).toStartWith("[One](https://a.b)");
    expect(read).toEndWith("End");
  });

  test("of objects is read in time that grows with its length", async () => {
    // Minutes, were JavaScript parsed at each of the braces.
    const objects = `{[\n${`${"{},".repeat(300)}\n`.repeat(21)}]}\n\n`;
    expect(await text(`${objects.repeat(24)}End`)).toEndWith("End");
  });

  test("of braces in values of attributes is read within the bounds of one page", async () => {
    // Minutes, were each value given a bound of its own.
    const box = `<Box text="two words {\`${"}".repeat(2000)}" />\n\n`;
    expect(await text(`${box.repeat(1000)}End`)).toEndWith("End");
  });

  test("of lists is read in time that grows with its length, behind a fence that ends with its list, too", async () => {
    expect(await text(`- \`\`\`\n${"- one\n  1. two\n".repeat(8000)}\nEnd`)).toEndWith("End");
    expect(await text(`${"- one\n  1. two\n".repeat(10_000)}\nEnd`)).toEndWith("End");
  });
});
