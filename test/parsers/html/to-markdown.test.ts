import { expect, test } from "bun:test";
import { parseHtml } from "../../../src/parsers/html/parse-html.ts";
import { htmlToMarkdown } from "../../../src/parsers/html/to-markdown.ts";

const CASES: readonly (readonly [string, string, string])[] = [
  [
    "white space is what a browser shows",
    "<p>word<b>bold</b>word  and\n<i>more</i> </p>",
    "word**bold**word and *more*",
  ],
  ["headings keep their levels", "<h1>One</h1><h3>Three <code>x</code></h3>", "# One\n\n### Three `x`"],
  [
    "lists nest",
    "<ul><li>one<ul><li>two</li></ul></li></ul><ol><li>a</li><li>b</li></ol>",
    "- one\n  - two\n\n1. a\n2. b",
  ],
  [
    "code keeps its lines and its language",
    '<pre><code class="language-bbj">rem x\n  print "a"\n</code></pre>',
    '```bbj\nrem x\n  print "a"\n```',
  ],
  ["pre without code is code", "<pre>a &lt; b\n  c</pre>", "```\na < b\n  c\n```"],
  [
    "a table has its header row, and spans leave cells empty",
    "<table><tr><th>A</th><th>B</th></tr><tr><td rowspan=2>1</td><td><code>x|y</code> p|q</td></tr><tr><td>3</td></tr></table>",
    "| A | B |\n| - | - |\n| 1 | `x\\|y` p\\|q |\n| | 3 |",
  ],
  [
    "blocks in a cell are words in a row",
    "<table><tr><td><p>a</p><p>b</p></td><td><ul><li>x</li><li>y</li></ul></td></tr></table>",
    "| | |\n| - | - |\n| a b | x y |",
  ],
  [
    "definition lists keep terms and definitions",
    "<dl><dt>Term</dt><dd>What it is</dd></dl>",
    "- Term\n\n  What it is",
  ],
  ["entities are characters", "<p>&lt;tag&gt; &amp; &eacute;&nbsp;&#8220;</p>", "<tag> & é “"],
  [
    "a link is its text, an image is nothing",
    '<p>See <a href="x.htm">the page</a><img src="y.png" alt="pic">.</p>',
    "See the page.",
  ],
  [
    "programs, styles and forms are no text",
    "<style>p{}</style><script>x()</script><p>a<input value=q></p><button>Go</button>",
    "a",
  ],
  [
    "what looks like Markdown stays text",
    "<p>2 * 3 * 4 a_b_c [x] `tick`</p><p># hash</p>",
    "2 * 3 * 4 a_b_c [x] `tick`\n\n\\# hash",
  ],
  ["a line break is a line end", "<p>one<br>two</p>", "one\ntwo"],
  [
    "blocks in a paragraph stand for themselves",
    "<div><b><p>one</p><p>two</p></b> three <span>four<ul><li>x</li></ul></span></div>",
    "one\n\ntwo\n\nthree four\n\n- x",
  ],
  [
    "what stands between two items belongs to the first",
    "<ol><li>one</li><p>note</p><ul><li>x</li></ul><li>two</li></ol><ul><p>alone</p></ul>",
    "1. one\n\n   note\n\n   - x\n\n2. two\n\n- alone",
  ],
  [
    "emphasis has white space outside, and is not doubled",
    "<p>a<b> b </b>c <b>d<strong>e</strong></b><b>f</b> <i> </i><b></b>g</p>",
    "a **b** c **def** g",
  ],
  ["a heading is one line", "<h2>a<br>b <p>c</p></h2><h3>&nbsp;</h3><p>d</p>", "## a b c\n\nd"],
  [
    "a first row that is all bold is the header",
    "<table><tr><td><b>A</b></td><td><p><strong>B</strong></p></td></tr><tr><td>1</td><td>2</td></tr></table>",
    "| **A** | **B** |\n| - | - |\n| 1 | 2 |",
  ],
  [
    "a first row that is bold in part is a row",
    "<table><tr><td><b>A</b></td><td>b</td></tr><tr><td>1</td><td>2</td></tr></table>",
    "| | |\n| - | - |\n| **A** | b |\n| 1 | 2 |",
  ],
  [
    "the caption of a table stands above it",
    "<p>a</p><table><caption>Ports<br/>in use</caption><thead><tr><th>A</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>",
    "a\n\n**Ports in use**\n\n| A |\n| - |\n| 1 |",
  ],
  [
    "a line break in a cell is a space, and code stays code",
    "<table><tr><th>A</th></tr><tr><td>a<br>b<pre>c</pre></td></tr></table>",
    "| A |\n| - |\n| a b `c` |",
  ],
  [
    "code keeps its empty lines and the spaces at their ends",
    "<p>a</p><pre>b  \n\n\n\n  c</pre><p>d</p>",
    "a\n\n```\nb  \n\n\n\n  c\n```\n\nd",
  ],
  [
    "formulas are text on one line",
    "<p>x = <math><msqrt><msub><mi>n</mi><mi>i</mi></msub></msqrt><mo>+</mo><munderover><mo>∑</mo><mn>1</mn><mi>n</mi></munderover></math></p>",
    "x = √(n_i)+∑_1^n",
  ],
  ["markup that is never closed is read as browsers read it", "<p>one<p>two<b>three", "one\n\ntwo**three**"],
];

test.each(CASES)("%s", (_, html, markdown) => {
  expect(htmlToMarkdown(parseHtml(html))).toBe(markdown);
});
