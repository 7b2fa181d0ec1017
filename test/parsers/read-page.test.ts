import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readPage } from "../../src/parsers/mdx/read-page.ts";

const text = async (page: string) => (await readPage(page)).content;

/** Each case: what it shows, the page, what is read of it. */
const cases = (rows: readonly (readonly [string, string, string])[]) =>
  test.each(rows)("%s", async (_, page, expected) => {
    expect(await text(page)).toBe(expected);
  });

const LARGE_IMAGE = `data:image/png;base64,${"A".repeat(50_000)}`;

describe("code", () => {
  const fence =
    '```java title="A.java"\nimport java.util.List;\n<T> List<String> {x} <!-- y --> {/* z */}\n:::note\n```';
  cases([
    ["a fence stays as it is, whatever looks like markup in it", `A\n\n${fence}\n\nB`, `A\n\n${fence}\n\nB`],
    [
      "so does one in a list",
      `- a\n\n  ${fence.replaceAll("\n", "\n  ")}\n- b`,
      `- a\n\n  ${fence.replaceAll("\n", "\n  ")}\n- b`,
    ],
    ["and one deep inside of JSX", `<A>\n      ~~~\n      <b>\n      ~~~\n</A>`, "      ~~~\n      <b>\n      ~~~"],
    ["a fence in a quote ends with the quote", "> ```\n> <b>\n\n<b>x</b>", "> ```\n> <b>\n> ```\n\nx"],
    ["a fence that is never closed goes to the end, and is closed", "```\n<b>", "```\n<b>\n```"],
    ["a longer fence holds a shorter one", "````\n```\n<b>\n````\n<b>x</b>", "````\n```\n<b>\n````\nx"],
    ["white space in a fence stays", "```\na  \n\n\n\nb\n```", "```\na  \n\n\n\nb\n```"],
    ["inline code stays", "Use `<T>`, ``{a ` b}`` and `&lt;`.", "Use `<T>`, ``{a ` b}`` and `&lt;`."],
    ["a lonely backtick is one", "It's 5` and <b>bold</b>", "It's 5` and bold"],
    ["inline code ends with its paragraph", "a ` b\n\n<i>c</i> ` d", "a ` b\n\nc ` d"],
    [
      "a pre element is a fence",
      '<pre><code class="language-bbj">if a &lt; b\n  <i>end</i></code></pre>',
      "```bbj\nif a < b\n  end\n```",
    ],
    ["a code element is inline code", "The <code>a &lt; b</code> and <code>x`y</code>", "The `a < b` and `` x`y ``"],
    [
      "ExpandableCode with a template is a fence",
      '<ExpandableCode title="A.bbj" language="bbj">{`\n  rem "a"\n  `}</ExpandableCode>',
      '**A.bbj**\n\n```bbj\n  rem "a"\n```',
    ],
    [
      "names between angle brackets in code are code",
      "<pre>List<String> a\n<b>Map<Key></b> <Hl>b</Hl></pre>\n\n<code>&constructor; Set<T></code>",
      "```\nList<String> a\nMap<Key> b\n```\n\n`&constructor; Set<T>`",
    ],
    [
      "links and data URIs in inline code stay, unless they are long",
      `Write \`[](url)\` or \`data:text/plain,a\`, not \`data:image/png;base64,${"A".repeat(100)}\`, [](url).`,
      "Write `[](url)` or `data:text/plain,a`, not `data:image/png`, .",
    ],
    [
      "code that is imported has no text",
      "import a from 'a'\n\n<CodeBlock title=\"A\">{a}</CodeBlock>\n\nb",
      "**A**\n\nb",
    ],
    [
      "ExpandableCode around a fence leaves the fence",
      '<ExpandableCode title="A.bbj">\n\n```bbj\nrem\n```\n\n</ExpandableCode>',
      "**A.bbj**\n\n```bbj\nrem\n```",
    ],
  ]);
});

describe("statements", () => {
  cases([
    [
      "imports and exports go",
      "import A from '@site/a';\nimport {\n  B,\n} from \"b\"\nexport const c = {\n  d: [1],\n\n  e: `}`,\n};\nexport default ({children}) => (\n  <p>{children}</p>\n)\n\nText",
      "Text",
    ],
    [
      "prose that begins with these words stays",
      "import your data from the menu\n\nexport default settings first\n\nexport them all",
      "import your data from the menu\n\nexport default settings first\n\nexport them all",
    ],
    [
      "an import in the middle of a paragraph is prose",
      "To import, write\nimport a from 'b'",
      "To import, write\nimport a from 'b'",
    ],
    [
      "imports of types go, over several lines, too",
      "import {\n  A,\n} from '../a';\nimport type { B } from './b';\nexport const c: B = {};\n\nText",
      "Text",
    ],
    ["an export that is never closed costs its line", "export const a = {\nText", "Text"],
    [
      "exports with types go to their last brace",
      "export type A = {\n  b: string;\n};\n\nexport interface B {\n  c?: A\n}\n\nexport function C({ b }: A): D {\n  const a: A = { b };\n\n  return <b>{b}</b>;\n}\n\nexport const D = (a: A) =>\n  f(a, {\n    b,\n  });\n\nexport default function E(): void {}\n\nText {b}\n}",
      "Text {b}\n}",
    ],
    [
      "one whose braces close in no statement leaves the code below it",
      "export function A(b: string) {\n\nText\n\n```\n}\n```",
      "Text\n\n```\n}\n```",
    ],
    [
      "a statement in a list is an item of it",
      "- import a from 'b'\n- export const c = 1",
      "- import a from 'b'\n- export const c = 1",
    ],
  ]);
});

describe("JSX and HTML", () => {
  cases([
    [
      "tags go, their text stays",
      "<Chip\n  icon={<Icon size={2} />}\n  on={() => \"}\"}\n>Text</Chip> and <Other a='>' />more",
      "Text and more",
    ],
    ["an inline tag leaves no space", "word<b>bold</b>word", "wordboldword"],
    ["a block leaves a paragraph", "a<div>b</div>c<br/>d", "a\n\nb\n\nc\nd"],
    [
      "labels of tabs and titles of boxes stay",
      '<Tabs><TabItem value="a" label="One">x</TabItem><TabItem value="Two">y</TabItem></Tabs>\n\n<Card title="Box" />',
      "**One**\n\nx\n\n**Two**\n\ny\n\n**Box**",
    ],
    [
      "labels may stand in a list of the tabs",
      "<Tabs\n  values={[\n    { label: 'Apple pie', value: 'a' },\n    { value: 'b', label: `B` },\n    ...more,\n  ]}>\n<TabItem value='a'>x</TabItem>\n<TabItem value='b'>y</TabItem>\n<TabItem value='c'>z</TabItem>\n</Tabs>",
      "**Apple pie**\n\nx\n\n**B**\n\ny\n\n**c**\n\nz",
    ],
    [
      "labels and titles may be elements",
      "<Details summary={<summary>Shown <b>when</b> closed</summary>}>\nBody\n</Details>\n\n<Item header={<>The `head`</>} title={a} />",
      "**Shown when closed**\n\nBody\n\n**The `head`**",
    ],
    ["a description for translators is none for readers", '<Translate id="a" description="b">Text</Translate>', "Text"],
    [
      "an element in a list stands behind its bullet",
      "- <p>one</p>\n- <div>\n\n  two\n\n  </div>\n1. <Card title='Three'>x</Card>",
      "- one\n\n- two\n\n1. **Three**\n\nx",
    ],
    [
      "a bullet that lost its text goes",
      "Steps:\n- ![](a.png)\n- b\n-\n  c\n-\n  ```\n  d\n  ```",
      "Steps:\n\n- b\n-\n  c\n-\n  ```\n  d\n  ```",
    ],
    ["a title may have markup", '<Card title="<i>The</i> **bold** box" />', "**The bold box**"],
    [
      "lists of HTML keep their levels and numbers",
      "<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul><ol start='7'><li>e</li></ol>",
      "- a\n\n  1. b\n  2. c\n\n- d\n\n7. e",
    ],
    ["a title inside of a sentence is a tooltip", 'Press <Key title="the big one">Enter</Key>.', "Press Enter."],
    ["a badge says nothing", '## New <Badge label="24.11" /> {#new}', "## New"],
    [
      "scripts, styles and videos go with their text",
      "<style>{`\n.a { b: c }\n`}</style>a<script>x()</script>b<video>no video</video>",
      "ab",
    ],
    [
      "generics and placeholders in prose stay",
      "A List<String>, a Map<String, Integer> or <T>: cd <folder> if a < b and c > d",
      "A List<String>, a Map<String, Integer> or <T>: cd <folder> if a < b and c > d",
    ],
    [
      "a placeholder on a line of its own stays",
      "Enter\n\n<your-api-key>\n\nand then\n\n<password>\n\n<Tabs>\n\nend",
      "Enter\n\n<your-api-key>\n\nand then\n\n<password>\n\nend",
    ],
    ["comparisons stay", "if a<b and b>c, i <= 3 <- 4", "if a<b and b>c, i <= 3 <- 4"],
    ["addresses stay", "<https://example.com/a?b=c> <me@example.com>", "<https://example.com/a?b=c> <me@example.com>"],
    ["a closing tag of HTML may be missing", "<p>one<p>two<ul><li>a<li>b</ul>", "one\n\ntwo\n\n- a\n- b"],
    ["headings of HTML are headings", '<h2 id="x">The\n  <em>heading</em></h2>\nText', "## The heading\n\nText"],
    [
      "a table of HTML is a table",
      "<table><thead><tr><th>A</th><th>B</th></tr></thead><tbody><tr><td>a | b</td><td>\n- <i>c</i>\n</td></tr><tr><td>d</td></tr></tbody></table>",
      "| A | B |\n| --- | --- |\n| a \\| b | - c |\n| d |  |",
    ],
    [
      "a table around a table of Markdown is a frame",
      "<table><tr><td>\n\n| a | b |\n|---|---|\n| c | <i>d</i> |\n\n</td></tr></table>",
      "| a | b |\n|---|---|\n| c | d |",
    ],
    [
      "tags that are HTML and no JSX are tags",
      "<table border=1><tr><th width=50>A<th>B<tr><td nowrap>c<td><img src=a.png alt='Two words'></table>",
      "| A | B |\n| --- | --- |\n| c | Two words |",
    ],
    ["a line break does not break a row", "| a<br/>b | <ul><li>c</li></ul> |\n| - | - |", "| a b |   c  |\n| - | - |"],
    [
      "nor one of a table without bars at its edges",
      "a | b\n:- | -\nc<br/>d | <p>e</p>\n<i>f</i> | g\n\nh | i<br/>j",
      "a | b\n:- | -\nc d |  e\nf | g\n\nh | i\nj",
    ],
    [
      "text inside of elements is no code for being indented",
      "<A>\n    text\n\n    - a\n      - b\n</A>\n\n- c\n    - d",
      "text\n\n- a\n  - b\n\n- c\n    - d",
    ],
    ["details keep their summary", "<details><summary>More</summary>\n\nText\n\n</details>", "More\n\nText"],
    [
      "links of HTML are links",
      '<a href="https://example.com">far</a> <a href="./x">near</a>',
      "[far](https://example.com) near",
    ],
    ["fragments go", "<><b>a</b></>", "a"],
    ["a quote that is never closed is no tag", '<a href="x>one\n\ntwo" </a>', '<a href="x>one\n\ntwo"'],
  ]);
});

describe("expressions and comments", () => {
  cases([
    ["comments go, whatever is in them", "a\n<!-- b\n\n```\nc\n``` -->\n{/* d */}\ne", "a\n\ne"],
    ["text behind a comment stays", "<!-- a\n\nb --> c **d** <b>e</b>\n\n<!-- f --> g", "c **d** e\n\n g"],
    ["a comment that is never closed is text", "a <!--b\n\n<!-- c\n\nd", "a <!--b\n\n<!-- c\n\nd"],
    ["strings say what they say", "a{\" \"}b {'{c}'} {`d`}", "a b {c} d"],
    ["code goes", "import a from 'a'\n\n{a.b} {list.map((x) => <li key={x}>{`${x}`}</li>)} x {cond(<b>y</b>)}", "  x"],
    [
      "an expression may have blank lines when it stands alone",
      "{[1, 2].map((n) => (\n  <p>\n\n  {n}</p>\n))}\n\nText",
      "1\n\n2\n\nText",
    ],
    [
      "braces around words are words",
      "Go to /users/{id}, a{8,} or {one, two} and {",
      "Go to /users/{id}, a{8,} or {one, two} and {",
    ],
    [
      "formulas are words",
      "$\\sum_{i=1}^{n-1} f_{g(i)} + \\frac{a}{b_{ij}}$ {new Date().getFullYear()} {Math.max(1, 2)}",
      "$\\sum_{i=1}^{n-1} f_{g(i)} + \\frac{a}{b_{ij}}$",
    ],
    ["what a page declares is no word", "export const id = f()\n\nNumber {id}.", "Number ."],
  ]);
});

describe("Markdown", () => {
  cases([
    [
      "ids of headings go",
      "## One {#one}\n\n### Two \\{#two}\n\n#### Three {/* #three */}\n\nnot {#four} here",
      "## One\n\n### Two\n\n#### Three\n\nnot {#four} here",
    ],
    ["ids of underlined headings go", "One {#one}\n===\n\nTwo\nlines \\{#two}\n---", "One\n===\n\nTwo\nlines\n---"],
    ["a bold word in a title is as bold as the title", ":::note The **bold** title\na\n:::", "**The bold title**\n\na"],
    [
      "admonitions keep title and text",
      ":::tip\nA\n:::\n\n:::note[The *title*]{.x}\nB\n:::\n\n:::warning 注意 it\nC\n:::",
      "A\n\n**The *title***\n\nB\n\n**注意 it**\n\nC",
    ],
    [
      "admonitions may nest and stand in lists and quotes",
      "::::info\n:::tip X\ny\n:::\n::::\n\n- a\n\n  :::note\n  b\n  :::\n\n> :::note T\n> c\n> :::",
      "**X**\n\ny\n\n- a\n\n  b\n\n>\n> **T**\n>\n> c\n>",
    ],
    [
      "admonitions of a kind of its own keep the kind, where the title does not say it",
      ':::prerequisites\nA\n:::\n\n:::my-kind The *title*\nB\n:::\n\n:::pro-tip[Pro tip: do]{.x}\nC\n:::\n\n:::security[The **title**]{.x}\nD\n:::\n\n:::todo{.x}\nE\n:::\n\n:::todo{title="F g"}\nH\n:::',
      "**prerequisites**\n\nA\n\n**my-kind: The *title***\n\nB\n\n**Pro tip: do**\n\nC\n\n**security: The title**\n\nD\n\n**todo**\n\nE\n\n**todo: F g**\n\nH",
    ],
    [
      "also inside of others, in lists and in quotes; a space may stand before the kind",
      ":::::Note\n::::api X\n:::TIP{.x}\ny\n:::\n::::\n:::::\n\n- a\n\n  :::api\n  b\n  :::\n\n> :::api T\n> c\n> :::\n\n::: tip\nd\n:::\n\n::: warning Mind it\ne\n:::\n\n::: Some title\nf\n:::",
      "**api: X**\n\ny\n\n- a\n\n  **api**\n\n  b\n\n>\n> **api: T**\n>\n> c\n>\n\nd\n\n**Mind it**\n\ne\n\n**Some title**\n\nf",
    ],
    [
      "images go, unless their text says something",
      "![](a.png)![logo](b.png) ![The main window](c (1).png) ![Two words][d] <img src='x' alt='Three small fish'/>\n\n[d]: data:image/png;base64,AAAA",
      " The main window Two words Three small fish",
    ],
    [
      "data URIs never stay",
      "a data:image/png;base64,AAAA b <data:text/plain,x> [c](data:text/plain,x)\n\n[d]: <data:image/png;base64,AAAA>\n",
      "a  b  c",
    ],
    [
      "nor does the markup of an image of any size, wherever it stands",
      ["", "- ", "> A ", "{8,} "].map((before) => `${before}<img alt='Small fish' src='${LARGE_IMAGE}'/>`).join("\n\n"),
      "Small fish\n\n- Small fish\n\n> A Small fish\n\n{8,} Small fish",
    ],
    [
      "links inside of the site are their text, others stay",
      '[a](./a.md) [b](https://b.c/(d) "title") [`c`](#c) [![x](y.png)](https://z.z)',
      "a [b](https://b.c/(d)) `c`",
    ],
    [
      "references are resolved",
      "[one][A] [a] [two][] [three]\n\n[a]: https://a.a\n[Two]: <./two.md> 'title'",
      "[one](https://a.a) [a](https://a.a) two [three]",
    ],
    ["footnotes and tasks stay", "- [x] done[^1]\n\n[^1]: A note", "- [x] done[^1]\n\n[^1]: A note"],
    ["entities are decoded outside of code", "a&nbsp;&lt;b&gt;&#8594;&amp;&unknown; &#x41;", "a <b>→&&unknown; A"],
    [
      "escapes that readers do not need go",
      "ON\\_CLOSE a\\! \\<b\\> \\{c\\} 1\\.5 \\*d\\* \\# e\n\\# f\n1\\. g",
      "ON_CLOSE a! <b> {c} 1.5 \\*d\\* # e\n\\# f\n1\\. g",
    ],
    ["a title may be an attribute", ':::info{title="The title" .x}\nA\n:::', "**The title**\n\nA"],
    [
      "a bar in a cell ends no cell",
      "| a |\n| - |\n| <code>b|c</code> &#124; {'d|e'} |",
      "| a |\n| - |\n| `b\\|c` \\| d\\|e |",
    ],
    ["a break of a line has no mark", "a\\\nb", "a\nb"],
    ["blank lines are one, trailing space goes", "a  \n\n\n\n\nb\t\n", "a\n\nb"],
    ["a heading that was an image only goes", "# ![](logo.png)\n\nText", "Text"],
  ]);
});

describe("formulas", () => {
  const formula = "\\int_0^1 x\\,dx = \\left\\{ a\\_b \\right\\} [a](b) **c** <b>d</b>\n\n-\n:::note\n# e {f}  \n";
  cases([
    ["of several lines stay as they are", `A\n$$\n${formula}$$\n\nB`, `A\n$$\n${formula}$$\n\nB`],
    [
      "also in lists, quotes, admonitions and elements",
      "- a\n\n  $$\n  b\\_c {d}\n  $$\n\n> $$\n> b\\_c {d}\n> $$\n> <i>e</i>\n\n:::note\n$$\nb\\_c\n$$\n:::\n\n<Box>\n$$\nb\\_c\n$$\n</Box>",
      "- a\n\n  $$\n  b\\_c {d}\n  $$\n\n> $$\n> b\\_c {d}\n> $$\n> e\n\n$$\nb\\_c\n$$\n\n$$\nb\\_c\n$$",
    ],
    [
      "in a line stay as they are",
      "# A $\\alpha\\_{1}$ one\n\n$\\left\\{ a\\_b \\right\\}$, $a<b>c$, $$ x^2\\\\y\n{\\_} $$, $`a\\_b`$-axis, $n$th ($\\$5\\,\\text{each}$): $x*y*z$.\n\n| $\\{a\\}$ | $$x_{\\{b\\}}$$ |\n| - | - |",
      "# A $\\alpha\\_{1}$ one\n\n$\\left\\{ a\\_b \\right\\}$, $a<b>c$, $$ x^2\\\\y\n{\\_} $$, $`a\\_b`$-axis, $n$th ($\\$5\\,\\text{each}$): $x*y*z$.\n\n| $\\{a\\}$ | $$x_{\\{b\\}}$$ |\n| - | - |",
    ],
    ["in blocks of code of their kind are code", "```math\n\\frac{a}{b}\\_c\n```", "```math\n\\frac{a}{b}\\_c\n```"],
    [
      "in brackets stay, where they are formulas",
      "So \\(\\alpha\\_{1}\\) and \\\\(x^2\\,y\\\\):\n\\[\n\\frac{a\\_1}{b}\n\\]\n\nNot \\(a\\_b\\), \\[a\\_b\\](c), \\(\\d\\_\\), \\(open \\alpha\\_x.",
      "So \\(\\alpha\\_{1}\\) and \\\\(x^2\\,y\\\\):\n\\[\n\\frac{a\\_1}{b}\n\\]\n\nNot (a_b), \\[a_b\\](c), (\\d\\_), (open \\alpha_x.",
    ],
    [
      "prices and names of variables are none",
      "Costs \\$5 or $10 <b>net</b> {/* c */} or **$20**, US$5\\_000/US$6\\_000, $HOME\\_A and $PATH\\_B, 5 $ and <i>6$</i>, $7/<i>8$</i> <b>x</b>$.",
      "Costs $5 or $10 net  or **$20**, US$5_000/US$6_000, $HOME_A and $PATH_B, 5 $ and 6$, $7/8$ x$.",
    ],
    [
      "prices before a name that ends with a dollar are none; what begins with a number may be one",
      "From $5–$10, \\$6, or A$, $HOME, \\$1 or A$ and $3, {/* c */} B$, but $2\\{x\\}$ and $10 \\times x$.",
      "From $5–$10, $6, or A$, $HOME, $1 or A$ and $3,  B$, but $2\\{x\\}$ and $10 \\times x$.",
    ],
    [
      "nor are strings of BBj",
      'x! \\= w!.addButton(1,"A",$$,$$) y\\! \\= w\\!.add("B",$$) a$\\=$0a$+b$+$0d$ <b>c$</b>\\!',
      'x! = w!.addButton(1,"A",$$,$$) y! = w!.add("B",$$) a$=$0a$+b$+$0d$ c$!',
    ],
    [
      "may begin and end on their lines, whatever these begin with",
      "$$\\begin{a}\n- b\\_c \\\\\n> d\n# e\n\\end{a}$$\n\n$$a\\_b$$\n\n$$a^2\\_b$$ is <b>c</b>\n\n$$d\n\n<b>e</b>\n\n$$\nf\n$$",
      "$$\\begin{a}\n- b\\_c \\\\\n> d\n# e\n\\end{a}$$\n\n$$a\\_b$$\n\n$$a^2\\_b$$ is c\n\n$$d\n\ne\n\n$$\nf\n$$",
    ],
    [
      "that end at the end of a line, or never, take no text with them",
      "$$\na\\_b $$\n\n<b>A</b>\n\n$$\n\n<b>c\\_d</b>",
      "$$\na\\_b $$\n\nA\n\n$$\n\nc_d",
    ],
    [
      "stay in properties and strings",
      'export const law = "$\\\\alpha_{1}\\\\_x$";\n\n<Box title="The $\\alpha\\_{1}$ of it" text={<p>And {law}</p>} />\n\n{law}',
      "**The $\\alpha\\_{1}$ of it**\n\nAnd $\\alpha_{1}\\_x$\n\n$\\alpha_{1}\\_x$",
    ],
  ]);
});

describe("the first heading", () => {
  test.each([
    ["text\n\n# One two #\n\n# Three", "One two"],
    ["One\n===\n", "One"],
    ["```\n# no\n```\n\n# Yes {#id}", "Yes"],
    ["## Two", ""],
  ])("of %j is %j", async (page, heading) => {
    const read = await readPage(page);
    expect(read.heading()).toBe(heading);
  });
});

const PIECES = [
  ..."<>{}`[]()!&\\\n#:|-'\"=$*",
  ..."</ /> ``` ~~~ <b> </b> <T> <div> </div> <br/> <!-- --> {/* */} <pre> </pre> <table><tr><td> </table> <h2> </h2>".split(
    " ",
  ),
  ..."<TabItem@label='x'> </TabItem> ![ ]( data:image/png;base64,AA &lt; :::note import@a@from@'b' export@const@a@= {`${".split(
    " ",
  ),
].map((piece) => piece.replaceAll("@", " "));
const anything = fc.array(fc.oneof(fc.constantFrom(...PIECES, "\n\n", "word ", "  "), fc.string()), { maxLength: 60 });

describe("any page", () => {
  test("is read, and its text comes out the same when it is read twice", async () => {
    await fc.assert(
      fc.asyncProperty(anything, async (pieces) => {
        const page = pieces.join("");
        expect(await text(page)).toBe(await text(page));
      }),
      { numRuns: 500 },
    );
  });

  test("keeps its code blocks", async () => {
    const lines = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string()), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(lines, async (some) => {
        const code = some.join(" ").replace(/[\r\n]|~~~/g, "");
        const page = `Before.\n\n~~~~bbj\n${code}\n${code}\n~~~~\n\nAfter.`;
        expect(await text(page)).toBe(page);
      }),
      { numRuns: 300 },
    );
  });

  test("keeps plain words, in their order", async () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(words, async (some) => {
        const page = some.map((word, index) => (index % 3 === 0 ? `<b>${word}</b>` : word)).join(" ");
        expect(await text(`<Box>\n\n${page}\n\n</Box>`)).toBe(some.join(" "));
      }),
    );
  });
});

/** What a page is made of: words are numbered as they are written, so that none can be lost or change places. */
type Written = { readonly lines: string[]; readonly code: string[]; words: number };
type Block = (page: Written, prefix: string) => void;

const word = (page: Written) => `w${page.words++}w`;
const CODE = [
  ...[
    "<b>",
    "</TabItem>",
    "import a from 'b'",
    "export const a = {",
    "{",
    "<!--",
    "-->",
    ":::",
    "",
    "  x",
    "# a",
    "- b",
  ],
  ...["| c |", "> d", "[](e)", "![f](g.png)", "&lt;", "~~~", "<pre>", "\\_", "a  ", "---", "{/*"],
];
const put = (page: Written, prefix: string, ...lines: string[]) => {
  for (const line of lines) page.lines.push(line === "" ? prefix.trimEnd() : prefix + line);
};
const paragraph = fc
  .array(
    fc.constantFrom<(page: Written) => string>(
      word,
      (page) => `<b>${word(page)}</b>`,
      (page) => `\`${word(page)}\``,
      (page) => `<Chip size={2} on={() => "}"}>${word(page)}</Chip>`,
      (page) => `[${word(page)}](./a.md)`,
      (page) => `${word(page)}<br/>`,
      (page) => `{/* no */}${word(page)} {list.map((x) => <li>{x}</li>)}`,
      (page) => `${word(page)} a < b, i <= 3, List<String>`,
      (page) => `{"${word(page)}"}`,
      (page) => `{no && <b title="no">${word(page)}</b>}{no ? "${word(page)}" : <i>${word(page)}</i>}`,
      (page) => `{["${word(page)}", <b>${word(page)}</b>].map((x) => <Chip size="no" key={x}>{x}</Chip>)}`,
      (page) => `\`[](${word(page)})\` <code>Set<${word(page)}></code>`,
      (page) => `&lt; ${word(page)} &amp; <img src="a.png" />`,
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(
    (parts): Block =>
      (page, prefix) =>
        put(page, prefix, parts.map((part) => part(page)).join(" ")),
  );
const fence = fc.array(fc.constantFrom(...CODE), { maxLength: 4 }).map((code): Block => {
  return (page, prefix) => {
    put(page, prefix, "```java title='a'");
    for (const line of code) {
      page.lines.push(prefix + line);
      page.code.push(prefix + line);
    }
    put(page, prefix, "```");
  };
});
const heading = fc.constantFrom<Block>(
  (page, prefix) => put(page, prefix, `## ${word(page)} <Badge label="no" /> {#id}`),
  (page, prefix) => put(page, prefix, `${word(page)} {#id}`, "---"),
  (page, prefix) => put(page, prefix, "<!-- no", "", `no --> ${word(page)}`),
  (page, prefix) => put(page, prefix, `${word(page)} | b`, "--- | -", `<p>${word(page)}</p> | <br/>${word(page)}`),
  (page, prefix) => put(page, prefix, `- import ${word(page)} from 'b'`, `- <p>${word(page)}</p>`),
  (page, prefix) => put(page, prefix, `<Card title={<b>${word(page)}</b>} values={[{ label: "no", value: "no" }]} />`),
  (page, prefix) => put(page, prefix, "<Alone a={{ b: 1 }} />"),
  (page, prefix) => put(page, prefix, `<Do text={<>${word(page)}</>} icon="no" doText="${word(page)}" id="no" />`),
  (page, prefix) =>
    put(page, prefix, `<Do steps={[{ title: "${word(page)}", id: "no", text: <p>${word(page)}</p> }]} />`),
  (page, prefix) => put(page, prefix, "<!-- no", "", "```", "no -->"),
  (page, prefix) => put(page, prefix, `| ${word(page)} | b |`, "| - | - |", `| <i>${word(page)}</i><br/>c | d |`),
  (page, prefix) => put(page, prefix, `<table><tr><td width=1>${word(page)}</td><td>${word(page)}</td></tr></table>`),
  (page, prefix) => put(page, prefix, `<pre>${word(page)} List<String></pre>`),
);
const { block } = fc.letrec<{ block: Block; boxed: Block }>((tie) => ({
  block: fc.oneof({ maxDepth: 4 }, paragraph, fence, heading, { weight: 4, arbitrary: tie("boxed") }),
  boxed: fc
    .tuple(
      fc.constantFrom("item", "number", "quote", "tabs", "box", "tight", "indented", "admonition", "details"),
      fc.array(tie("block"), { minLength: 1, maxLength: 3 }),
    )
    .map(([kind, blocks]): Block => (page, prefix) => {
      const inside = (inner: string) => {
        for (const [index, one] of blocks.entries()) {
          if (index > 0 || kind !== "tight") put(page, inner, "");
          one(page, inner);
        }
      };
      if (kind === "item" || kind === "number") {
        const bullet = kind === "item" ? "- " : "1. ";
        put(page, prefix, `${bullet}${word(page)}`);
        return inside(prefix + " ".repeat(bullet.length));
      }
      if (kind === "quote") {
        put(page, prefix, `> ${word(page)}`);
        return inside(`${prefix}> `);
      }
      if (kind === "tabs") {
        put(page, prefix, "<Tabs groupId='no'>", `<TabItem value="no" label="${word(page)}">`);
        inside(prefix);
        return put(page, prefix, "", "</TabItem>", "</Tabs>");
      }
      if (kind === "admonition") {
        put(page, prefix, `::::note ${word(page)}`);
        inside(prefix);
        return put(page, prefix, "", "::::");
      }
      if (kind === "details") {
        put(page, prefix, `<details><summary>${word(page)}</summary>`);
        inside(prefix);
        return put(page, prefix, "", "</details>");
      }
      put(page, prefix, `<Box title="${word(page)}">`);
      inside(kind === "indented" ? `${prefix}    ` : prefix);
      if (kind !== "tight") put(page, prefix, "");
      return put(page, prefix, "</Box>");
    }),
}));

test("wherever words and code stand, all of them are read, in order, and no markup is", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(block, { minLength: 1, maxLength: 4 }), async (blocks) => {
      const page: Written = { lines: [], code: [], words: 0 };
      for (const one of blocks) {
        one(page, "");
        page.lines.push("");
      }
      const read = await text(page.lines.join("\n"));
      expect(Array.from(read.matchAll(/w\d+w/g), ([found]) => found)).toEqual(
        Array.from({ length: page.words }, (_, index) => `w${index}w`),
      );
      const prose: string[] = [];
      let isCode = false;
      let at = 0;
      for (const line of read.split("\n")) {
        if (/^[\s>]*```/.test(line)) isCode = !isCode;
        else if (!isCode) prose.push(line);
        else if (line === page.code[at]) at++;
      }
      expect(at).toBe(page.code.length);
      expect(prose.join("\n").replace(/(?:List|Set)<\w+>/g, "")).not.toMatch(/<\/?[A-Za-z]|:::|\bno\b|\{#|-->/);
    }),
    { numRuns: 200 },
  );
});
