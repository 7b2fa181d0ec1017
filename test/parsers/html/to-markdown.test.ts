import { expect, test } from "bun:test";
import type { Element, ElementContent } from "hast";
import { parseHtml } from "../../../src/parsers/html/parse-html.ts";
import { htmlToMarkdown } from "../../../src/parsers/html/to-markdown.ts";

const ELEMENTS = (
  "a abbr address area article aside audio b base bdi bdo blockquote body br button canvas caption center cite code col " +
  "colgroup data datalist dd del details dfn dialog div dl dt em embed fieldset figcaption figure font footer form h1 h2 h6 " +
  "head header hr html i iframe img input ins kbd label legend li link listing main map mark math menu meta nav nobr noscript " +
  "object ol optgroup option p plaintext pre q rt ruby s samp script section select small span strike strong style sub " +
  "summary sup svg table tbody td template textarea tfoot th thead time title tr tt u ul var video wbr x-own xmp"
).split(" ");

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
  [
    "code has its language wherever that stands",
    '<pre class="x language-bbj"><code>a</code></pre><pre class="lang-java">b</pre><pre><b>c</b><code class="language-sql">d</code></pre>',
    "```bbj\na\n```\n\n```java\nb\n```\n\n```sql\ncd\n```",
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
  [
    "a line begins with its first word, whatever it is moved to the right with",
    "<p>&nbsp; a<br>&nbsp;# b</p><ul><li>&nbsp;c</li></ul>",
    "a\n\\# b\n\n- c",
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
    "a table of one column around lists, headings or code is a frame",
    "<table><caption>C</caption><tr><td><h2>T</h2><pre>a\n  b</pre></td></tr><tr><td>x<ul><li>y</li></ul></td></tr></table>",
    "C\n\n## T\n\n```\na\n  b\n```\n\nx\n\n- y",
  ],
  [
    "a table of one column of words is a table",
    "<table><tr><th>A</th></tr><tr><td><p>x</p><p>y</p></td></tr></table>",
    "| A |\n| - |\n| x y |",
  ],
  [
    "what is struck out, inserted or marked stays",
    "<p><del>a</del> <s>b</s> <strike>c</strike> <ins>d</ins> <mark>e</mark> f<wbr>g</p>",
    "a b c d *e* fg",
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
    "<p>x = <math><msqrt><msub><mi>n</mi><mi>i</mi></msub></msqrt><mo>&#x2062;</mo><mo>+</mo><munderover><mo>∑</mo><mn>1</mn><mi>n</mi></munderover></math></p>",
    "x = √(n_i)+∑_1^n",
  ],
  [
    "white space at the edges of code stands outside of it",
    "<p>a<code>b </code>c <kbd> d </kbd>e<code> </code>f <code></code>g <code>h&nbsp;i</code></p>",
    "a`b` c `d` e f g `h i`",
  ],
  ["two pieces of code in a row are one", "<p><code>a</code><code>b</code></p>", "`ab`"],
  [
    "code stands between more backticks than it has",
    "<p><code>a`b</code> <code>``c</code> <code>`</code></p>",
    "``a`b`` ` ``c ` `` ` ``",
  ],
  [
    "the same in an element that leaves its content alone",
    "<div>a<span><p></p>b</span>c<del><ul></ul>d<p>e</p></del></div>",
    "a\n\nbc\n\nd\n\ne",
  ],
  [
    "text behind an item is another line of it",
    "<ul><li>a</li>b <b>c</b><ul><li>d</li></ul>e<li>f</li>. <li>g</li></ul>",
    "- a\n\n  b **c**\n\n  - d\n\n  e\n\n- f.\n\n- g",
  ],
  ["details are a block", "<div>a<details>b</details>c</div>", "a\n\nb\n\nc"],
  [
    "an empty block ends a line, and so does one with a picture",
    "<div>a<div></div>b<p> </p><b>c</b></div>x<p><img src=x><br><b></b></p>y",
    "a\n\nb\n\n**c**\n\nx\n\ny",
  ],
  [
    "what a picture or a button stands between are two words",
    "<p>a<img src=x>b<button>x</button>c <img src=x>d<img src=x>, e<svg></svg><code>f</code></p>",
    "a b c d, e `f`",
  ],
  ["what is trimmed at the end of a line stands before a picture too", "<ul><li>a <img src=x></li></ul>", "- a"],
  [
    "exponents are marked, and other raised words are not",
    "<p>10<sup>6</sup> 2<sup>n</sup> <i>x</i><sup>-1</sup> (a+b)<sup>2</sup> 1<sup>st</sup> word<sup>1</sup> 5<sup>*</sup> H<sub>2</sub>O <sup>1</sup></p>",
    "10^6 2^n *x*^-1 (a+b)^2 1st word1 5* H2O 1",
  ],
  [
    "lines of code in a cell stay apart",
    "<table><tr><th>A</th><th>B</th></tr><tr><td><pre>a = 1<br>  b = 2\n\nc\n</pre></td><td>d</td></tr></table>",
    "| A | B |\n| - | - |\n| `a = 1` `b = 2` `c` | d |",
  ],
  [
    "a table in a cell has its cells and rows apart",
    "<table><tr><th>A</th></tr><tr><td>a<table><tr><td><p>b</p></td><td><i>c</i></td><td></td></tr><tr><td><ul><li>d</li></ul></td><td>e</td></tr></table>f</td></tr></table>",
    "| A |\n| - |\n| a b, *c*; d, e f |",
  ],
  ["lists that are only moved to the right are one list", "<ol><ol><li>a</li><li>b</li></ol></ol>", "1. a\n2. b"],
  ["menus and directories are lists", "<menu><li>a</li></menu><dir><li>b</li></dir>", "- a\n\n* b"],
  [
    "items without text are no items, unless they are counted",
    "<ul><li>a<li> <li><img src=x></ul><ol><li><li>b</ol>",
    "- a\n\n1.\n2. b",
  ],
  [
    "a first row that looks like headings is the header",
    '<table><tr><td class="tableheading">A</td><td class="tableheading">B</td></tr><tr><td>1</td><td>2</td></tr></table>' +
      '<table><tr class="Head1"><td>A</td></tr><tr><td>1</td></tr></table>' +
      '<table><tr><td style="font-weight: bold;">A</td></tr><tr><td>1</td></tr></table>',
    "| A | B |\n| - | - |\n| 1 | 2 |\n\n| A |\n| - |\n| 1 |\n\n| A |\n| - |\n| 1 |",
  ],
  ["markup that is never closed is read as browsers read it", "<p>one<p>two<b>three", "one\n\ntwo**three**"],
];

test.each(CASES)("%s", (_, html, markdown) => {
  expect(htmlToMarkdown(parseHtml(html))).toBe(markdown);
});

const HOSTILE: readonly (readonly [string, string, RegExp])[] = [
  ["emphasis in emphasis in emphasis", `<p>${"<i>a<b>b".repeat(150)}</p>`, /^\*a\*\*b\w+\*\*\*$/],
  [
    "a table with one long row and many short ones",
    `<table><tr>${"<td>a</td>".repeat(2_000)}</tr>${"<tr><td>b</td></tr>".repeat(2_000)}</table>`,
    /^a(?: a){1999}\n\nb(?:\n\nb){1999}$/,
  ],
  ["many pieces of inline text", `<p>${"aa<sup>b</sup>".repeat(100_000)}</p>`, /^(?:aab){100000}$/],
  ["many pictures", `<p>${'a<img src="x">'.repeat(100_000)}</p>`, /^a(?: a){99999}$/],
];

test.each(HOSTILE)("%s are read before anybody grows tired", (_, html, markdown) => {
  expect(markdown.test(htmlToMarkdown(parseHtml(html)))).toBe(true);
});

test("the tree that is read stays as it is", () => {
  const html =
    "<div> a <b> b </b><p></p><code> c </code><ul><p>d</p></ul><table><tr><td><p>e</p></td></tr></table></div>";
  const tree = parseHtml(html);
  htmlToMarkdown(tree);
  expect(tree).toEqual(parseHtml(html));
});

test("no element of HTML, wherever it stands, is more than can be read", () => {
  for (const name of ELEMENTS) {
    const element = (tagName: string, ...children: ElementContent[]): Element => ({
      type: "element",
      tagName,
      properties: {},
      children,
    });
    const text = { type: "text", value: "x" } as const;
    for (const outer of ["p", "td", "ul", "b", "pre", "h1", "div"]) {
      const trees = [element(outer, element(name, text)), element(name, element(outer, text))];
      for (const tree of trees) expect(htmlToMarkdown(tree)).not.toMatch(/<|\w>/);
    }
  }
});
