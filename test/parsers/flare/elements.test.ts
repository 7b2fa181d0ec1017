import { expect, test } from "bun:test";
import { page, readProject, readTopic } from "./write-project.ts";

const CASES: readonly (readonly [name: string, body: string, markdown: string])[] = [
  [
    "cross-references and togglers are their text",
    '<p>See <MadCap:xref href="b.htm">the other page</MadCap:xref>, <MadCap:toggler targets="x">more</MadCap:toggler>.</p>',
    "See the other page, more.",
  ],
  [
    "keywords, concepts, proxies and micro content are for the builder of the help",
    '<MadCap:breadcrumbsProxy /><h2><MadCap:keyword term="no" /><MadCap:concept term="no" />Head</h2><MadCap:miniTocProxy>no</MadCap:miniTocProxy><MadCap:microContent>no</MadCap:microContent><p>yes</p>',
    "## Head\n\nyes",
  ],
  [
    "the head of a drop-down is a heading below the one above it, and its body stays",
    "<h2>One</h2>" +
      "<MadCap:dropDown><MadCap:dropDownHead><MadCap:dropDownHotspot>First</MadCap:dropDownHotspot></MadCap:dropDownHead><MadCap:dropDownBody><p>a</p></MadCap:dropDownBody></MadCap:dropDown>" +
      "<MadCap:dropDown><MadCap:dropDownHead><MadCap:dropDownHotspot>Second</MadCap:dropDownHotspot></MadCap:dropDownHead><MadCap:dropDownBody><p>b</p></MadCap:dropDownBody></MadCap:dropDown>",
    "## One\n\n### First\n\na\n\n### Second\n\nb",
  ],
  [
    "a drop-down within another is a level deeper",
    "<MadCap:dropDown><MadCap:dropDownHead>Outer</MadCap:dropDownHead><MadCap:dropDownBody><p>a</p><MadCap:dropDown><MadCap:dropDownHead>Inner</MadCap:dropDownHead><MadCap:dropDownBody><p>b</p></MadCap:dropDownBody></MadCap:dropDown></MadCap:dropDownBody></MadCap:dropDown>",
    "## Outer\n\na\n\n### Inner\n\nb",
  ],
  [
    "a head that is a heading keeps its level",
    "<h1>T</h1><MadCap:dropDown><MadCap:dropDownHead><h2><MadCap:dropDownHotspot>H</MadCap:dropDownHotspot></h2></MadCap:dropDownHead><MadCap:dropDownBody><p>b</p><MadCap:dropDown><MadCap:dropDownHead>I</MadCap:dropDownHead><MadCap:dropDownBody>c</MadCap:dropDownBody></MadCap:dropDown></MadCap:dropDownBody></MadCap:dropDown>",
    "# T\n\n## H\n\nb\n\n### I\n\nc",
  ],
  [
    "in a list its head is no heading, which would end the list",
    "<ul><li><MadCap:dropDown><MadCap:dropDownHead>Head</MadCap:dropDownHead><MadCap:dropDownBody><p>b</p></MadCap:dropDownBody></MadCap:dropDown></li></ul>",
    "- **Head**\n\n  b",
  ],
  [
    "expanding and conditional text stay where they are",
    "<p>a <MadCap:expanding><MadCap:expandingHead>b</MadCap:expandingHead><MadCap:expandingBody> c</MadCap:expandingBody></MadCap:expanding> <MadCap:conditionalText MadCap:conditions='Default.OnPrem'>d</MadCap:conditionalText></p>",
    "a b c d",
  ],
  [
    "texts for different readers side by side are apart, and equal ones are one",
    "<p>In <MadCap:conditionalText MadCap:conditions='A.One'>WebLink</MadCap:conditionalText><MadCap:conditionalText MadCap:conditions='A.Two'>Portal</MadCap:conditionalText>, " +
      "<a MadCap:conditions='A.One'>home</a><i MadCap:conditions='A.Two'>home</i>, <b MadCap:conditions='A.One'>o</b><b MadCap:conditions='A.One'>ne</b>, " +
      "<b MadCap:conditions='Primary.Deprecated'>no</b><b MadCap:conditions='A.Two'>yes</b>.</p>",
    "In WebLink Portal, home, **one**, **yes**.",
  ],
  [
    "what a word expands to is not one with it",
    "<p><MadCap:expanding><MadCap:expandingHead>a</MadCap:expandingHead><MadCap:expandingBody>b, c</MadCap:expandingBody></MadCap:expanding><MadCap:expanding><MadCap:expandingHead>d</MadCap:expandingHead><MadCap:expandingBody>, e</MadCap:expandingBody></MadCap:expanding></p>",
    "a b, cd, e",
  ],
  [
    "what a popup says stands in parentheses behind its word",
    "<p>A <MadCap:popup><MadCap:popupHead>channel</MadCap:popupHead><MadCap:popupBody>a number</MadCap:popupBody></MadCap:popup> is open.</p>",
    "A channel (a number) is open.",
  ],
  [
    "a code snippet is code, with its caption and its language",
    '<MadCap:codeSnippet><MadCap:codeSnippetCaption>How</MadCap:codeSnippetCaption><MadCap:codeSnippetCopyButton>Copy</MadCap:codeSnippetCopyButton><MadCap:codeSnippetBody style="mc-code-lang: BBj;">rem x\n  print 1</MadCap:codeSnippetBody></MadCap:codeSnippet>',
    "How\n\n```bbj\nrem x\n  print 1\n```",
  ],
  [
    "paragraphs of code in a row are one block, and a break ends a line",
    '<p>Do:</p><p class="Code">a&#160;=&#160;1<br/>\n   b = 2</p>\n<p class="CodeLast">c = 3</p><p>Done.</p>',
    "Do:\n\n```\na = 1\nb = 2\nc = 3\n```\n\nDone.",
  ],
  [
    "a paragraph of code may keep its white space",
    '<p class="Code" xml:space="preserve">if x\n   print x</p>',
    "```\nif x\n   print x\n```",
  ],
  [
    "paragraphs of code in different languages are two blocks",
    '<p class="Code language-bbj">a</p><p class="Code language-java">b</p>',
    "```bbj\na\n```\n\n```java\nb\n```",
  ],
  [
    "a table of code is code, row by row",
    '<table class="Code_Table"><tr><td><p>rem one</p><p>rem two</p></td></tr><tr><td>a</td><td>b</td></tr></table>',
    "```\nrem one\nrem two\na  b\n```",
  ],
  [
    "code that looks like markup stays as it is",
    '<pre><code class="language-jsx">&lt;MadCap:variable name="x"/&gt;\n{list.map(x =&gt; &lt;Item/&gt;)}</code></pre><pre><![CDATA[<b>&amp;</b>]]></pre>',
    '```jsx\n<MadCap:variable name="x"/>\n{list.map(x => <Item/>)}\n```\n\n```\n<b>&amp;</b>\n```',
  ],
  [
    "blocks in code are lines of it",
    "<pre><p>a</p><p>b</p>c</pre><MadCap:codeSnippet><MadCap:codeSnippetBody><p>d</p><p>  e</p></MadCap:codeSnippetBody></MadCap:codeSnippet>",
    "```\na\nb\nc\n```\n\n```\nd\n  e\n```",
  ],
  ["a word of code is inline code", '<p>Type <span class="Code">a = 1</span>.</p>', "Type `a = 1`."],
  [
    "equations are text, in TeX or on one line",
    "<p><MadCap:equation>$\\sqrt{n}$</MadCap:equation> and <MadCap:equation><math><mfrac><mi>a</mi><msup><mi>b</mi><mn>2</mn></msup></mfrac></math></MadCap:equation></p>",
    "$\\sqrt{n}$ and a/(b^2)",
  ],
  [
    "elements that are deprecated or not implemented are left out, others stay",
    '<p MadCap:conditions="Primary.Deprecated">no</p><p>a<b MadCap:conditions="Primary.Print, primary.notimplemented">no</b>b</p><p MadCap:conditions="">c</p><p MadCap:conditions="Primary.Superseded">d</p>',
    "ab\n\nc\n\nd",
  ],
  ["names of HTML are characters", "<p>a&nbsp;b &eacute; &hellip; &lt;</p>", "a b é … <"],
  ["all names of HTML are", "<p>&Zcaron; &LT; &AMP; &hearts;</p>", "Ž < & ♥"],
];

test.each(CASES)("%s", async (_, body, markdown) => {
  const { documents, notes } = await readTopic(body);
  expect(documents.map(({ content }) => content)).toEqual([markdown]);
  expect(notes).toEqual([]);
});

test("the conditions of a body are those of an element", async () => {
  const { documents, notes } = await readProject({
    "Content/a.htm": page("<p>a</p>").replace("<body", '<body MadCap:conditions="B.One"'),
    "Content/b.htm": page("<p>b</p>").replace("<body", '<body MadCap:conditions="Primary.NotImplemented"'),
  });
  expect(documents).toMatchObject([{ content: "a", metadata: { element_conditions: "B.One" } }]);
  expect(notes).toMatchObject([{ reason: "a topic without text (condition tags: Primary.NotImplemented)" }]);
});

test("condition tags are kept: those of the topic, and those of its elements", async () => {
  const html = 'MadCap:conditions="Primary.Online, Default.Do not include"';
  const { documents } = await readProject({
    "Content/a.htm": page('<p MadCap:conditions="B.Two,A.One">x</p><p MadCap:conditions="Primary.Deprecated">y</p>', {
      html,
    }),
    "Content/b.htm": page("<p>x</p>", { html: 'MadCap:conditions=""' }),
  });
  expect(documents.map(({ metadata }) => metadata)).toEqual([
    { conditions: "Primary.Online, Default.Do not include", element_conditions: "A.One, B.Two, Primary.Deprecated" },
    {},
  ]);
});

test.each([
  ["Primary.Deprecated", true],
  ["Primary.Online,Primary.Superseded", true],
  ["Primary.NotImplemented", false],
  ["Primary.Online", false],
])("a topic with the condition %s is deprecated: %p", async (tags, deprecated) => {
  const { documents } = await readProject({
    "Content/a.htm": page("<p>x</p>", { html: `MadCap:conditions="${tags}"` }),
  });
  expect(documents).toMatchObject([{ deprecated, content: "x" }]);
});

test.each([
  [
    "the title with its variables",
    { title: "About <MadCap:variable name='P.Name'/>" },
    "<h1>Other</h1><p>x</p>",
    "About BBj",
  ],
  [
    "the first heading when there is no title",
    { title: " " },
    "<div><h1>The <b>head</b></h1></div><p>x</p>",
    "The head",
  ],
  [
    "the title without the name of the site behind it",
    { title: "Open | a Shelf | Site" },
    "<h1>Open | a Shelf</h1><p>x</p>",
    "Open | a Shelf",
  ],
  ["a title with a dash", { title: "OPEN Verb - Files" }, "<h1>OPEN Verb</h1><p>x</p>", "OPEN Verb - Files"],
  ["the name of the file when there is neither", { title: "" }, "<p>x</p>", "Open a file"],
])("a document is called by %s", async (_, head, body, title) => {
  const { documents } = await readProject({
    "Content/open-a_file.htm": page(body, head),
    "Project/VariableSets/P.flvar": `<CatapultVariableSet><Variable Name="Name">BBj</Variable></CatapultVariableSet>`,
  });
  expect(documents).toMatchObject([{ title }]);
});
