import { describe, expect, test } from "bun:test";
import { readPage } from "../../../src/parsers/mdx/read-page.ts";

const text = async (page: string, frontMatter?: ReadonlyMap<string, string>) =>
  (await readPage(page, frontMatter)).content;

/** Each case: what it shows, the page, what is read of it. */
const cases = (rows: readonly (readonly [string, string, string])[]) =>
  test.each(rows)("%s", async (_, page, expected) => {
    expect(await text(page)).toBe(expected);
  });

describe("text in properties", () => {
  cases([
    [
      "is text in strings, templates and elements, labels first",
      '<Practice text={<>Put it <b>first</b>, see <a href="https://a.b/c">there</a>.</>} doText="Do so." doNotText={`Do not.`} title="How to put it" />',
      "**How to put it**\n\nPut it first, see [there](https://a.b/c).\n\nDo so.\n\nDo not.",
    ],
    [
      "is text under any name when it reads like prose",
      '<Hero slogan="Everything you wanted to know" author="Ann Other" motto="注意"/>\n\n<Hero what={<i>An element</i>} />',
      "Everything you wanted to know\n\nAnn Other\n\n注意\n\nAn element",
    ],
    [
      "stands before the content that it labels",
      '<Question question="Why is it so?" name="why">\n\nBecause.\n\n</Question>\n\n<Field name="size">The size.</Field>',
      "**why**\n\n**Why is it so?**\n\nBecause.\n\n**size**\n\nThe size.",
    ],
    [
      "is none where it is for machines",
      '<Box id="the box" className="col col--6" wrapperClass="a wide box" style={{ font: "bold serif" }} variant="primary" type="info" size="lg" lang="en" icon="arrow left" to="/a b/c" href="https://a.b/c d" src={url} key="k 1" target="_blank" rel="noopener noreferrer" width="10 px" color="dark red" groupId="os one" aria-label="Close the box" data-x="one two" onClick={() => alert("do not click")} files={["src/One.java", "two words"]} image="/img/a b.png" text="/a/b" label="x" name="Button" count={3} on />\n\n<Icon name="arrow-left" />\n\nText.',
      "Text.",
    ],
    [
      "is a sentence, whatever it is called",
      '<Params p-id="The number of the user." p-id-required={true} p-href="https://a.b/c." />',
      "The number of the user.",
    ],
    [
      "is decoded where it is code, too",
      "<Call method='POST' url='/users -d &apos;{}&apos;' />",
      "**`POST /users -d '{}'`**",
    ],
    [
      "is none where it names a picture, or what is counted",
      '<Card iconName="arrow right" imageName="a dark hero" trackingLabel="Docs Hero">Text.</Card>\n\n<FaIcon name="arrow right" title="To the right" />',
      "Text.\n\n**To the right**",
    ],
    [
      "a name is one where something is called so",
      '<Field name="size" description="How large it is" />\n\n<Builder name="Button" />\n\n<Builder name="Button"></Builder>\n\n<Author name="Ann Other" />',
      "**size**\n\n**How large it is**\n\n**Ann Other**",
    ],
    [
      "a list is a list, of objects, elements and words",
      '<Steps steps={[{ title: "Open", text: "Open the file.", icon: "book open", id: "one step" }, { text: <>Read <code>it</code>.</>, name: "Then" }]} />\n\n<List items={["Apples", <b>Pears</b>, "/a/b.png", ...more]} />\n\n<Faq data={{ question: "How?", answer: <p>So.</p> }} />',
      "- Open: Open the file.\n- Then: Read `it`.\n\n- Apples\n- Pears\n\n- How? So.",
    ],
    [
      "objects by name are a list of them",
      '<TypeTable type={{ size: { description: "How large it is", type: "number" }, onClose: { description: <>Called when it <i>closes</i></> } }} options={{ chart: { type: "bar" } }} />',
      "- size: How large it is\n- onClose: Called when it closes",
    ],
    [
      "rows of cells are rows",
      '<Grid columns={["Key", "Meaning"]} rows={[["F1", "Shows help", 1], ["F2", <>Renames <b>it</b></>]]} />',
      "- Key\n- Meaning\n- F1 | Shows help | 1\n- F2 | Renames it",
    ],
    [
      "an endpoint is called by its method and path, and tabs of code are code blocks",
      '<Endpoint id="a b" method="get" path="/api/:id" title="One of them" params={[{ name: "sort", type: "string | string[]", required: true, description: "How to <code>sort</code>" }]} codeTabs={[{ label: "Shell", code: `curl \'a\' \\\\\n  -H \'b\'` }]} responses={[{ status: 200, body: JSON.stringify({\n  a: [1, "b"],\n}, null, 2) }]} />',
      "**`GET /api/:id`**\n\n**One of them**\n\n- sort: How to `sort`\n- Shell\n\n```\ncurl 'a' \\\n  -H 'b'\n```\n\n```\n{\n  a: [1, \"b\"],\n}\n```",
    ],
    [
      "pages made of a description of an interface keep its words",
      '<Heading\n  as={"h2"}\n  className={"x y"}\n  children={"Find it"}\n>\n</Heading>\n\n<MethodEndpoint\n  method={"get"}\n  path={"/pets/{id}"}\n>\n\n</MethodEndpoint>\n\n<RequestSchema body={{ "content": { "application/json": { "schema": { "properties": { "id": { "type": "integer", "description": "Its number" } } } } } }} />\n\n<StatusCodes responses={{ "200": { "description": "It is there" }, "404": { "description": "It is not" } }} />',
      "## Find it\n\n**`GET /pets/{id}`**\n\n- content: application/json schema properties id Its number\n\n- 200: It is there\n- 404: It is not",
    ],
    [
      "depends on a condition: both are text; functions are asked what they return",
      '<Box text={isNew ? "It is new." : <p>It is old.</p>} note={isNew && `Mind the gap`} render={() => <p>Made by a function.</p>} />',
      "It is new.\n\nIt is old.\n\nMind the gap\n\nMade by a function.",
    ],
    [
      "may be elements in properties of elements",
      '<Box body={<Card title="Inner" text={<Chip label="Deep down inside" />} />} />',
      "**Inner**\n\n**Deep down inside**",
    ],
    [
      "keeps lists and code blocks of elements",
      "<Box content={<><p>One</p><ul><li>a</li><li>b</li></ul><pre>{`let a;\n\n\n  b`}</pre></>} />",
      "One\n\n- a\n- b\n\n```\nlet a;\n\n\n  b\n```",
    ],
    [
      "is code where it is code, byte for byte",
      '<Sample language="js" code={`\nlet a = "\\`";  \n  b({ c });\n`} />\n\n<Mermaid value={`\n  graph TD;\n    A-->B;\n`} />\n\n<Shell command="npm install it" />',
      '```js\nlet a = "`";  \n  b({ c });\n```\n\n```\ngraph TD;\n  A-->B;\n```\n\n`npm install it`',
    ],
    [
      "is the alternative text of an image where it says something",
      '<Figure img={<img alt="A window with two lists" src={x} />} imageAlt="logo" darkAlt="The window at night" />',
      "A window with two lists\n\nThe window at night",
    ],
    [
      "is what is set as HTML",
      '<div dangerouslySetInnerHTML={{ __html: "<b>Set</b> as <i>it</i> is" }} />\n\nIn <span dangerouslySetInnerHTML={{ __html: "a <b>line</b>" }} />.',
      "Set as it is\n\nIn a line.",
    ],
    [
      "of an image is its caption, too",
      'Before <Image src={a} alt="A window with lists" /> it.\n\n<Image src={a} alt="window" caption="Figure 1" title="The lists" />',
      "Before A window with lists it.\n\n**The lists**\n\n**Figure 1**",
    ],
    [
      "in a sentence is what the component has for content, or explains it",
      'The <Term text="field" /> of a <Tip content="A row of a file" id="a b">record</Tip>, <Icon name="home" />see <Ref label="the other page" />.',
      "The field of a record (A row of a file), see the other page.",
    ],
    [
      "is the word that a component stands for, and the parameter that it describes",
      'A <Term id="cursor" /> moves on <Key name="Enter"/><Icon name="key" />.\n\n<ParamField path="--limit" type="number" default="10">How many.</ParamField>\n\n<ParamField query="from" />',
      "A cursor moves on Enter.\n\n**--limit**\n\nHow many.",
    ],
    [
      "badges say nothing, unless they say more",
      '## New <Badge text="1.2" />\n\n## Old <Badge text="Will go away" />',
      "## New\n\n## Old Will go away",
    ],
    ["and so it does in a row", '| a |\n| - |\n| <Term text="field" /> b |', "| a |\n| - |\n| field b |"],
    [
      "tabs may be called by their order, once",
      '<Tabs items={["First one", "Second one"]}>\n<Tab>\n\na\n\n</Tab>\n<Tab>\n\nb\n\n</Tab>\n</Tabs>\n\n<Tabs items={["Third one"]}>c</Tabs>',
      "**First one**\n\na\n\n**Second one**\n\nb\n\n- Third one\n\nc",
    ],
    [
      "and by a list that the page declares, whose labels may be elements",
      'export const systems = [{ label: "A Mac", value: "mac" }, { label: <b>A PC</b>, value: "pc" }];\n\n<Tabs values={systems}>\n<TabItem value="mac">a</TabItem>\n<TabItem value="pc">b</TabItem>\n</Tabs>',
      "**A Mac**\n\na\n\n**A PC**\n\nb",
    ],
    [
      "a value that calls a tab is said once",
      '<Tabs><TabItem value="On a Mac">x</TabItem></Tabs>',
      "**On a Mac**\n\nx",
    ],
  ]);
});

describe("expressions", () => {
  const frontMatter = new Map([
    ["title", "The <title> of it"],
    ["version", "1.20"],
  ]);

  test("may name the front matter", async () => {
    const page =
      "# {frontMatter.title}\n\nVersion {frontMatter.version}{frontMatter.none} of {metadata.title}, {metadata.name}.";
    expect(await text(page, frontMatter)).toBe(
      "# The <title> of it\n\nVersion 1.20 of The <title> of it, {metadata.name}.",
    );
    expect((await readPage(page, frontMatter)).heading()).toBe("The <title> of it");
  });

  cases([
    [
      "constants of the page are what they are",
      'export const product = "BBj";\nexport const it = { name: "<It>", versions: [1, 2] };\n\nUse {product} and {it.name} {it.versions[1]}, <code>{product}</code>, {`the ${product}`}, {product + "s"}, {none}.\n\n<Box title={product} text={`All of ${product}`} />\n\n<pre>{it.name}</pre>',
      "Use BBj and <It> 2, `BBj`, the BBj, BBjs, {none}.\n\n**BBj**\n\nAll of BBj\n\n```\n<It>\n```",
    ],
    [
      "lists are said item by item",
      '<ul>\n  {["One", "Two"].map((x) => <li key={x}>{x} {`(${x})`}</li>)}\n</ul>\n\n{[{ a: "Three", b: <b>four</b> }].map(({ a, b }, index) => (\n  <p>{a}, {b} {index + 1}</p>\n))}\n\n{Object.entries({ five: "six" }).map(([k, v]) => <p>{k}: {v}</p>)}',
      "- One (One)\n- Two (Two)\n\nThree, four 1\n\nfive: six",
    ],
    [
      "rows may be made of a list that the page declares",
      'export const rows = [["a", "b|c"], ["d", "{e}"]];\n\n<table>\n<thead><tr><th>A</th><th>B</th></tr></thead>\n<tbody>\n{rows.map((row) => <tr>{row.map((cell) => <td>{cell}</td>)}</tr>)}\n</tbody>\n</table>',
      "| A | B |\n| --- | --- |\n| a | b\\|c |\n| d | {e} |",
    ],
    [
      "both ways of a condition are text, whatever it is",
      'Press {isMac ? "Cmd" : "Ctrl"}. {isNew && <b>New</b>}\n\n{isMac ? (\n  <p>On a Mac</p>\n) : (\n  <p>Elsewhere</p>\n)}\n\n{(() => { if (a) { return <p>One way</p>; } return <p>The other</p>; })()}',
      "Press Cmd Ctrl. New\n\nOn a Mac\n\nElsewhere\n\nOne way\n\nThe other",
    ],
    [
      "components that the page declares show what they show",
      'export const Mark = ({ children, of }) => <p>{children} <b>of {of}</b></p>;\nexport function Part({ name = "it", items = [] }) {\n  const all = items.filter(Boolean);\n  return <Mark of={name}>{all.map((item) => <i>{item}</i>)}</Mark>;\n}\n\n<Part items={["One", "Two"]} />\n\n<Part name="Them all" />\n\n<Mark of="x">Content</Mark>',
      "One Two of it\n\n of Them all\n\nContent",
    ],
    [
      "functions for content are asked what they show",
      "<BrowserOnly fallback={<p>Not yet.</p>}>\n  {() => {\n    const a = 1;\n    return <p>In a browser.</p>;\n  }}\n</BrowserOnly>",
      "Not yet.\n\nIn a browser.",
    ],
    [
      "properties may be given together",
      'export const card = { title: "A card", text: "What it says", icon: "no no" };\nexport const Show = ({ title, more }) => <p>{title}: {more}</p>;\n\n<Card {...card} title="Another" />\n\n<Show {...card} more="yes" />\n\n{[card].map((one) => <Card {...one} />)}',
      "**Another**\n\nWhat it says\n\nA card: yes\n\n**A card**\n\nWhat it says",
    ],
    ["texts to be translated are texts", '{translate({ message: "To be translated", id: "a.b" })}', "To be translated"],
    [
      "what cannot be known is left out",
      "import a from 'a'\n\n{a.b} {list.map((x) => <li>{x}</li>)} {props.title} {[x].map(f)} {a()} Text",
      "     Text",
    ],
    [
      "names of themselves have no end, and so have lists of lists",
      'export const a = b;\nexport const b = a + "x";\nexport const F = () => <F />;\n\n{a} {b} <F /> Text',
      "x x  Text",
    ],
  ]);

  test("code of several lines in a component is a code block, with its indentation", async () => {
    expect(await text('<Payload>{`{\n  // The key\n  "key": "a | $b$"\n}\n`}</Payload>\n\nEnd')).toBe(
      '```\n{\n  // The key\n  "key": "a | $b$"\n}\n```\n\nEnd',
    );
    expect(await text("- One\n\n  <Graph>{`graph TD\nA --> B\nB --> C`}</Graph>\n- Two")).toBe(
      "- One\n\n  ```\n  graph TD\n  A --> B\n  B --> C\n  ```\n\n- Two",
    );
    expect(await text("> <pre>{`a`}</pre>\n\nEnd")).toBe("> ```\n> a\n> ```\n\nEnd");
    expect(await text("<Box>{`Words of\n  two lines.`}</Box>")).toBe("Words of\ntwo lines.");
    expect(await text("<Box body={`Words of these,\n  of two lines.`} />")).toBe("Words of these,\n  of two lines.");
  });

  test("what they make is bounded", async () => {
    const lists = `[${Array.from({ length: 40 }, () => '"word"').join()}]`;
    const nested = "abcdefgh".split("").reduce((inner, name) => `list.map((${name}) => <p>${inner}</p>)`, "<b>x</b>");
    const doubled = "bcdefghijklmnopqrstuvwxyz"
      .split("")
      .map(
        (name, index) =>
          `export const ${name} = ${"abcdefghijklmnopqrstuvwxyz"[index]}.concat + ${"abcdefghijklmnopqrstuvwxyz"[index]} + ${"abcdefghijklmnopqrstuvwxyz"[index]};`,
      );
    const page = `export const list = ${lists};\nexport const a = "words and words";\n${doubled.join("\n")}\n\n{${nested}}\n\n{z}\n\nText`;
    expect((await text(page)).length).toBeLessThan(2_000_000);
  });
});
