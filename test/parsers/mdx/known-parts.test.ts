import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readWhole } from "../../../src/parsers/mdx/page-tokens.ts";
import { readPage } from "../../../src/parsers/mdx/read-page.ts";
import { SEED } from "../../support/seed.ts";

// Most of a page is not given to micromark (src/parsers/mdx/known-parts.ts). What is read of it must be what micromark, which
// is the judge, makes of the whole page. More pages, and others:
//   BBJ_TEST_PAGES=50000 BBJ_TEST_SEED=7 bun test --timeout 6000000 test/parsers/mdx/known-parts.test.ts
const PAGES = Number(process.env.BBJ_TEST_PAGES ?? 500);

const text = "some words";
/** Lines that begin, end, hold, or look like something. */
const LINES = [
  ...[
    "",
    "",
    "",
    "",
    " ",
    "\t",
    text,
    text,
    "Text: ",
    "**bold** _words_",
    "A line  ",
    "A line\\",
    "# One",
    "## Two",
    "### ",
    "#",
    "#tag",
  ],
  ...[
    "## Two {#two}",
    "## {#two}",
    "## `a` [b](c) {#two}",
    "## Two {#two} ##",
    "# One {#one}",
    "Words {#two}",
    "## Two {#a b}",
    "##### E { #e}",
  ],
  ...["===", "---", "===  ", "= a", "***", "_ _ _", "- - -", "C# is one", "a # b"],
  ...[
    "`code`",
    "A `<b>` c",
    "A `{` c",
    "A `[` c",
    "a ` b",
    "``",
    "```` a",
    "`a``b`",
    "``a`",
    "`` a ` b ``",
    "\\`a` {b} `c`",
    "`a\\` {b} `c`",
  ],
  ...[
    "[a](b)",
    "See [the words](https://a.b/c?d=e#f), and [`<T>`](/t).",
    "[a](b)[c](d)",
    "[a] (b)",
    "[^a](b)",
    '[a](b "c")',
    "[a](<b>)",
    "[](b)",
    "[a]()",
  ],
  ...[
    "[a [b](c) d](e)",
    "![a b](c.png)",
    "!\\[a b](c)",
    "[![a b](c.png)](d)",
    "![a b](c d.png)",
    "[a\\]](b)",
    "[`]`](b)",
    "[a `b](c) d`",
    "[a](b",
    "[a]",
    "[a][]",
    "[b][a]",
    "[^1]",
  ],
  ...[
    "[a]: /b",
    "[a]: https://a.b/c",
    "[^1]: A note",
    "[a]:",
    "'a title'",
    "[a]: b 'c",
    "- [ ] task",
    "* [a](https://b.c)",
    "[a](https://b.c/(d))",
    "[a](https://b.c/d_e_f*)",
  ],
  ...[
    "- item",
    "* item",
    "+ item",
    "-",
    "1. item",
    "2) item",
    "10. item",
    "- - item",
    "> quote",
    ">",
    "> > quote",
    "- > quote",
    "> - item",
  ],
  ...[
    "```",
    "```js",
    "``` a`b",
    "````",
    "~~~",
    "~~~ a`b~",
    "~~~~",
    "```mdx",
    "  ```",
    "- ```",
    "> ```",
    "1. ~~~",
    "``` <b>",
    "```  ",
  ],
  ...[
    ":::",
    "::::",
    ":::note",
    ":::tip A title",
    "::: warning A title",
    ":::note[A <b>title</b>]",
    ":::my-kind A `code` title",
    ":::note ",
    ":::info{.a}",
    "- :::note",
    "> :::note",
    " :::note",
    "a ::: b",
    ":::note [a](b)",
  ],
  ...[
    "<A>",
    "</A>",
    "<A",
    "b='c'",
    "/>",
    ">",
    "<A b={`",
    "`} />",
    "<b>words</b>",
    "<a href='https://b.c'>d</a>",
    "<br>",
    "<Tabs><TabItem value='a' label='The a'>",
    "</TabItem></Tabs>",
    "<pre>",
    "</pre>",
    "<code>",
    "</code>",
    "<td width=50>",
    "List<String>",
    "a < b",
    "<https://a.b/c>",
    "<a@b.c>",
    "<data:image/png;base64,AAAA>",
  ],
  ...[
    "<!--",
    "-->",
    "<!-- a -->",
    "a <!-- b",
    "<!-- a --> b",
    "--> b",
    "<!-- a\n\nb -->",
    "{/*",
    "*/}",
    "{/* a */}",
    "{/* a\n\nb */}",
    "{",
    "}",
    "{}",
    "{'a'}",
    "{`a",
    "b`}",
    "a {8,} b",
    "{a}",
    "{[1, 2].map((n) => <li>{n}</li>)}",
    "{'}",
    "'}",
    "{{",
    "}}",
    "{1}",
  ],
  ...[
    "import a from 'b'",
    "import {",
    "} from 'b'",
    "import b",
    "importing things",
    "export const a = {",
    "};",
    "export const b = 'c'",
    "export default function D() {",
    "export type A = {",
    "export them all",
    " import a from 'b'",
  ],
  ...[
    "$$",
    "$$ x^2 $$",
    "$x^2$",
    "$5 and $10",
    "a$",
    "$a `b$ c` d",
    "$[a](b)$",
    "$$ [a](b) \\alpha",
    "\\(x^2\\)",
    "\\[",
    "\\]",
    "\\_a\\_ b\\-c",
  ],
  ...[
    "&amp;",
    "&#124;",
    "a & b",
    "a &b c",
    "R&D;",
    "&nbsp",
    "| a | b |",
    "|---|---|",
    "| [a](b) | `c|d` |",
    "a | b",
    "-|-",
  ],
  ...[
    "data:image/png;base64,AAAA",
    `A \`data:image/png;base64,${"A".repeat(80)}\``,
    `[data:a](b)`,
    "\u2028",
    "a\u2028:::note",
    "## A {#a}\u2028b",
    "\u2029===",
    "\uFEFFa",
    "\u00a0a",
    "\f",
    "\u00a0",
    "日本語[語](https://a.b/語)、`語`。",
    "😀 [😀](b)",
  ],
  ...[
    "<A b=\"c\" d='e {f} `g`' h />",
    '<A b = "c">',
    "</A >",
    "< A>",
    "<A.B c='d'>",
    "<a-b>",
    "- <A>",
    "- <b>x</b> y",
    "<A><B />",
    "<A b='c'> <B/>  ",
  ],
  ...[
    'words <b c="d`e">x</b>`',
    "<A b='<c>' d=e>",
    "<A b='[c](d)'/>",
    '<a href="https://b.c">[d](e)</a>',
    "<A b=''c=''>",
    "<A b c>",
    "<A b={1} c='d'>",
    "# <b>a</b>",
  ],
  ...[
    "<!-- a `b` {c} -->",
    "<!-- a --> ",
    "<!-- a--> b -->",
    "<!--a -->",
    "<!-- <A> -->",
    "- <!-- a -->",
    "<Tabs>",
    "</Tabs>",
    "<h2>a</h2>",
    "<summary>a</summary>",
    "<ul><li>a</li></ul>",
    "<table>",
    "<tr><td>a</td></tr>",
    "</table>",
  ],
  ...["![a b](c.png) ![d `e` f](g)", "[a](b) ![c d](e f)", "`![a` b](c)", "![^a b](c)", "![](c)", "![a b][a]"],
];
const BEFORE = [
  "",
  "",
  "",
  "",
  "",
  "",
  "",
  " ",
  "  ",
  "   ",
  "    ",
  "\t",
  "      ",
  "> ",
  ">",
  "- ",
  "  - ",
  "1. ",
  "> - ",
];

const line = fc.tuple(fc.constantFrom(...BEFORE), fc.constantFrom(...LINES)).map((parts) => parts.join(""));
const block = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 4 }), fc.constantFrom("\n\n", "\n\n", "\n", "\n \n", "\n\n\n"))
  .map(([lines, end]) => lines.join("\n") + end);
/** In whole blocks, so that most of a page is known. */
const blocks = fc.constantFrom(
  ...LINES.map((each) => `${each}\n\n`),
  ...["```js", "~~~", "````md"].map(
    (mark) => `${mark}\n<b> {x}\n\n# [a](b)\n\n:::note\n${/^\W+/.exec(mark)?.[0] ?? ""}\n`,
  ),
  "- one\n- two [a](b)\n\n  three `<b>`\n\n",
  "- one\n\n  ```\n  {\n\n  ```\n\n",
  "> one\n> [a](b)\n\n",
  ":::note The title\nWords [a](b).\n:::\n\n",
  "## Two words {#two-words}\n\n",
  "| a | b |\n|---|---|\n| `<T>` | [c](https://d.e) |\n\n",
);
const page = fc.array(fc.oneof({ weight: 2, arbitrary: block }, { weight: 3, arbitrary: blocks }), { maxLength: 14 });

/** What is not often drawn. */
const SELDOM: [string[]][] = [
  // A line of white space that is text in Markdown does not end a paragraph.
  [["a ` b\n\f\n<i>c</i> ` d\n"]],
  [["a ` b\n\u00a0\n<i>c</i> ` d\n"]],
];

async function bothReadings(source: string) {
  const [one, other] = [await readPage(source), await readPage(source, undefined, undefined, readWhole)];
  return [one, other].map(({ content, heading, ownWords, leftOut }) => ({
    content,
    heading: heading(),
    ownWords,
    leftOut,
  }));
}

describe("a page of which most is not given to micromark", () => {
  test("is read as micromark reads it, whatever it holds", async () => {
    await fc.assert(
      fc.asyncProperty(page, async (parts) => {
        const [inParts, whole] = await bothReadings(parts.join(""));
        expect(inParts).toEqual(whole);
      }),
      { numRuns: PAGES, seed: SEED, examples: SELDOM },
    );
  });

  test("is read so if it is so long that it is read in pieces", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(blocks, block), { minLength: 150, maxLength: 250 }), async (parts) => {
        const [inParts, whole] = await bothReadings(parts.join(""));
        expect(inParts).toEqual(whole);
      }),
      { numRuns: Math.ceil(PAGES / 250), seed: SEED },
    );
  });

  test("is read so if it is one of ours", async () => {
    const files = [
      "{README,CHANGELOG,ARCHITECTURE,CONTRIBUTING}.md",
      "examples/**/*.md",
      "test/{fixtures,golden}/**/*.md*",
    ];
    const paths = files.flatMap((pattern) => Array.from(new Bun.Glob(pattern).scanSync(`${import.meta.dir}/../../..`)));
    expect(paths.length).toBeGreaterThan(10);
    for (const path of paths) {
      const [inParts, whole] = await bothReadings(await Bun.file(`${import.meta.dir}/../../../${path}`).text());
      expect(inParts).toEqual(whole);
    }
  });
});
