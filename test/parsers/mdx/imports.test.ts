import { describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mdx } from "../../../src/parsers/mdx/entry.ts";
import type { SourceEntry } from "../../../src/parsers/parser.ts";
import { parseContext, readAll, sourceOf, type TestContext } from "../../support/read-source.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

function write(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Reads the folder `docs` of a site. */
async function read(dataDir: string, entry: Partial<SourceEntry> = {}, context: Partial<TestContext> = {}) {
  const source = sourceOf({ name: "guide", parser: "mdx", dataDir, paths: ["docs"], ...entry });
  const { documents, notes, fingerprints } = await readAll(mdx, source, parseContext(context));
  const pages = new Map(documents.map(({ sourceUrl, content }) => [sourceUrl.replace("guide://", ""), content]));
  return { pages, notes: notes.map(({ kind, path, reason }) => `${kind} ${path}: ${reason}`), fingerprints, documents };
}

/** What is read of `docs/page.mdx` and the files beside it. */
async function page(text: string, files: Files = {}) {
  using directory = temporaryDirectory();
  write(directory.path, { "docs/page.mdx": text, ...files });
  const { pages, notes } = await read(directory.path);
  return { content: pages.get("page.mdx"), notes };
}

const SAMPLE = 'rem the sample\nprint "HELLO"\n';
const BLOCK = '```bbj\nrem the sample\nprint "HELLO"\n```';

describe("code that is imported as text", () => {
  const cases = (rows: readonly (readonly [string, string, string])[]) =>
    test.each(rows)("%s", async (_, shown, expected) => {
      const { content, notes } = await page(shown, { "docs/Sample.bbj": SAMPLE });
      expect(content).toBe(expected);
      // Shown, or counted among the files that are no documents.
      const isShown = expected.includes("sample");
      const counted = expect.stringContaining("1 file is no document because of its ending: .bbj 1");
      expect(notes).toEqual(isShown ? [] : [counted]);
    });
  const from = (request: string) => `import Sample from '${request}';\n\n`;
  const raw = from("!!raw-loader!./Sample.bbj");

  cases([
    [
      "is a code block with the language and the title of its element",
      `import CodeBlock from '@theme/CodeBlock';\n${raw}# A\n\n<CodeBlock language="basic" title="Sample.bbj">{Sample}</CodeBlock>\n\nB`,
      `# A\n\n**Sample.bbj**\n\n${BLOCK.replace("bbj", "basic")}\n\nB`,
    ],
    ["has the language of its file, if its element says none", `${raw}<CodeBlock>{Sample}</CodeBlock>`, BLOCK],
    ["by one exclamation mark", `${from("!raw-loader!./Sample.bbj")}<CodeBlock>{Sample}</CodeBlock>`, BLOCK],
    ["by none", `${from("raw-loader!./Sample.bbj")}<CodeBlock>{Sample}</CodeBlock>`, BLOCK],
    [
      "by options of the loader, behind another loader",
      `${from("-!raw-loader?esModule=false!babel-loader!./Sample.bbj")}<CodeBlock>{Sample}</CodeBlock>`,
      BLOCK,
    ],
    ["by ?raw", `${from("./Sample.bbj?raw")}<CodeBlock>{Sample}</CodeBlock>`, BLOCK],
    [
      "by double quotes, without a semicolon",
      `${raw.replaceAll("'", '"').replace(";", "")}<CodeBlock>{Sample}</CodeBlock>`,
      BLOCK,
    ],
    ["on lines of its own", `${raw}<CodeBlock\n  language="bbj"\n>\n  {Sample}\n</CodeBlock>`, BLOCK],
    [
      "once for each place",
      `${raw}<CodeBlock>{Sample}</CodeBlock>\n\nAgain\n\n<CodeBlock>{Sample}</CodeBlock>`,
      `${BLOCK}\n\nAgain\n\n${BLOCK}`,
    ],
    ["in a pre", `${raw}A\n\n<pre>{Sample}</pre>`, `A\n\n${BLOCK}`],
    ["in a code in a pre", `${raw}<pre><code className="language-bbj">{Sample}</code></pre>`, BLOCK],
    [
      "beside other code",
      `${raw}<pre>\nrem a\n{Sample}\nrem b\n</pre>`,
      BLOCK.replace("```bbj", "```bbj\nrem a").replace(/```$/, "rem b\n```"),
    ],
    ["as children", `${raw}<CodeBlock children={Sample} language="bbj"/>`, BLOCK],
    [
      "as the property of a component",
      `${raw}A\n\n<Highlight code={Sample} lang="x">\n</Highlight>\n\nB`,
      `A\n\n${BLOCK}\n\nB`,
    ],
    ["as another one's", `${raw}<ExpandableCode title="T" source={Sample} />`, `**T**\n\n${BLOCK}`],
    ["in an object of files", `${raw}<Playground files={{ 'a.bbj': Sample }} other={Other} />`, BLOCK],
    ["in a component of the site", `${raw}<BasicCode>{Sample}</BasicCode>`, BLOCK],
    ["where nothing is around it", `${raw}A\n\n{Sample}\n\nB`, `A\n\n${BLOCK}\n\nB`],
    ["with what is done to it", `${raw}<CodeBlock language="bbj">{Sample.trim()}</CodeBlock>`, BLOCK],
    [
      "required in place",
      `<CodeBlock language="bbj">{require('!!raw-loader!./Sample.bbj').default}</CodeBlock>`,
      BLOCK,
    ],
    [
      "required under a name",
      `export const Sample = require("!!raw-loader!./Sample.bbj").default;\n\n<CodeBlock>{Sample}</CodeBlock>`,
      BLOCK,
    ],
    ["in a template", `${raw}<CodeBlock language="bbj">{\`\${Sample}\`}</CodeBlock>`, BLOCK],
    ["in a sentence", `${raw}A {Sample} B`, `A\n\n${BLOCK}\n\nB`],
    ["twice in an element", `${raw}<Diff before={Sample} after={Sample} />`, `${BLOCK}\n\n${BLOCK}`],
    [
      "on a tab",
      `${raw}<Tabs>\n  <TabItem value="a" label="BBj">\n    <CodeBlock language="bbj">{Sample}</CodeBlock>\n  </TabItem>\n</Tabs>`,
      `**BBj**\n\n${BLOCK}`,
    ],
    [
      "on one line in a row of a table",
      `${raw}| A |\n| --- |\n| <code>{Sample}</code> |`,
      '| A |\n| --- |\n| `rem the sample print "HELLO"` |',
    ],
    ["unless nothing shows it", `${raw}A`, "A"],
    [
      "unless the page is about it",
      `A\n\n\`\`\`mdx\n${raw}<CodeBlock>{Sample}</CodeBlock>\n\`\`\``,
      `A\n\n\`\`\`mdx\n${raw}<CodeBlock>{Sample}</CodeBlock>\n\`\`\``,
    ],
  ]);

  test("stands at the end, and is named, when it is not known where it is shown", async () => {
    const { content, notes } = await page(
      `${raw}export const lines = Sample.split("\\n");\n\nA\n\n<Numbered lines={lines} />\n\nB`,
      { "docs/Sample.bbj": SAMPLE },
    );
    expect(content).toBe(`A\n\nB\n\n${BLOCK}`);
    expect(notes).toEqual([
      "warning docs/page.mdx: it shows ./Sample.bbj where its place could not be found: its text stands at the end",
    ]);
  });

  test("is not counted among the files that are no documents", async () => {
    const shown = "import A from '!!raw-loader!./a.txt'\n\n<pre>{A}</pre>";
    const { notes } = await page(shown, { "docs/a.txt": "A", "docs/b.txt": "B" });
    expect(notes.join()).toContain("1 file is no document because of its ending: .txt 1");
  });

  test("stands between fences longer than any in it", async () => {
    const { content } = await page(`${raw.replace(".bbj", ".md")}<CodeBlock>{Sample}</CodeBlock>`, {
      "docs/Sample.md": "````\na\n````\n",
    });
    expect(content).toBe("`````md\n````\na\n````\n`````");
  });

  test("is found from the folder of the site, and by the endings that bundlers try", async () => {
    const { content, notes } = await page(
      [
        "import A from '!!raw-loader!@site/samples/a.js';",
        "import B from '!!raw-loader!../samples/b';",
        "import C from '!!raw-loader!/samples/c.txt';",
        "",
        "<CodeBlock>{A}</CodeBlock>\n<CodeBlock>{B}</CodeBlock>\n<CodeBlock>{C}</CodeBlock>",
      ].join("\n"),
      { "docusaurus.config.ts": "", "samples/a.js": "a()", "samples/b.tsx": "b()", "samples/c.txt": "c" },
    );
    expect(content).toBe("```js\na()\n```\n\n```tsx\nb()\n```\n\n```txt\nc\n```");
    expect(notes).toEqual([]);
  });

  test("a template in braces is code as before, and fences that name a file stay", async () => {
    const { content } = await page(
      '<CodeBlock language="jsx">{`<A />`}</CodeBlock>\n\n```js file=./x.js\n```\n\n```js reference\nhttps://github.com/a/b\n```',
    );
    expect(content).toBe(
      "```jsx\n<A />\n```\n\n```js file=./x.js\n```\n\n```js reference\nhttps://github.com/a/b\n```",
    );
  });
});

describe("a page that another page shows", () => {
  const cases = (rows: readonly (readonly [string, string, string])[]) =>
    test.each(rows)("%s", async (_, shown, expected) => {
      const { content, notes } = await page(shown, {
        "docs/_part.mdx": "---\ntitle: P\n---\n\n## Part\n\nText *of* it.\n\n```js\n<a>\n```\n",
      });
      expect(content).toBe(expected);
      expect(notes).toEqual(["skipped docs/_part.mdx: a partial, shown by docs/page.mdx"]);
    });
  const TEXT = "## Part\n\nText *of* it.\n\n```js\n<a>\n```";
  const from = "import Part from './_part.mdx';\n\n";

  cases([
    ["is text in its place", `${from}# A\n\n<Part />\n\nB`, `# A\n\n${TEXT}\n\nB`],
    ["once for each place", `${from}<Part />\n\n<Part/>`, `${TEXT}\n\n${TEXT}`],
    [
      "without a semicolon, with what else it exports",
      `import Part, { toc as partToc } from "./_part.mdx"\n\n<Part />`,
      TEXT,
    ],
    ["as its default", `import { default as Part } from "./_part.mdx"\n\n<Part />`, TEXT],
    ["required under a name", `export const Part = require("./_part.mdx").default;\n\n<Part />`, TEXT],
    ["imported in the middle of the page", `# A\n\n${from}<Part />`, `# A\n\n${TEXT}`],
    [
      "in an element",
      `${from}<Tabs>\n  <TabItem label="One">\n    <Part />\n  </TabItem>\n</Tabs>`,
      `**One**\n\n${TEXT}`,
    ],
    ["in an element on its line", `${from}<TabItem label="One"><Part /></TabItem>`, `**One**\n\n${TEXT}`],
    ["in an admonition", `${from}:::note Title\n\n<Part />\n\n:::`, `**Title**\n\n${TEXT}`],
    ["around other content", `${from}<Part>\n\nB\n\n</Part>`, `${TEXT}\n\nB`],
    ["with elements of its own", `${from}<Part components={{ h2: "h3" }} />`, TEXT],
    [
      "below an item of a list",
      `${from}1. One\n\n   <Part />\n\n2. Two`,
      `1. One\n\n   ${TEXT.replaceAll(/\n(?=.)/g, "\n   ")}\n\n2. Two`,
    ],
    ["as an item of a list", `${from}- <Part />\n- Two`, `- ${TEXT.replaceAll(/\n(?=.)/g, "\n  ")}\n\n- Two`],
    ["in a quote", `${from}> <Part />`, `> ${TEXT.replaceAll("\n", "\n> ").replaceAll("> \n", ">\n")}`],
    ["below a line of a paragraph", `${from}A\n<Part />\nB`, `A\n\n${TEXT}\n\nB`],
    ["where an expression chooses it", `${from}A\n\n{isCloud && <Part />}`, `A\n\n${TEXT}`],
    ["as the property of a component", `${from}<Card body={<Part />} />`, TEXT],
    [
      "on one line of a table",
      `${from}| A |\n| --- |\n| <Part /> |`,
      "| A |\n| --- |\n| ## Part Text *of* it. ```js <a> ``` |",
    ],
    ["in a code block, behind its code", `${from}<CodeBlock>a<Part /></CodeBlock>`, "```\na\n```\n\n" + TEXT],
    ["alone in a code block", `${from}<pre><Part /></pre>\n\nB`, `${TEXT}\n\nB`],
    ["in what has no text of its own", `${from}A\n\n<noscript><Part /></noscript>\n\nB`, `A\n\n${TEXT}\n\nB`],
    ["without what it is given and does not show", `${from}<Part title="T" />`, TEXT],
  ]);

  test("goes into the sentence that it is a part of", async () => {
    const { content } = await page("import V from './_v.md'\n\nUse <V /> of it.", { "docs/_v.md": "version *2*\n" });
    expect(content).toBe("Use version *2* of it.");
    expect(
      (await page("import V from './_v.md'\n\n# New in <V />\n\nUse\n<V />\nof it.", { "docs/_v.md": "2.0" })).content,
    ).toBe("# New in 2.0\n\nUse\n2.0\nof it.");
  });

  test("keeps its bars in the cell of a table", async () => {
    const { content } = await page("import V from './_v.md'\n\n| A | B |\n| --- | --- |\n| <V /> | b |", {
      "docs/_v.md": "One | two \\| three `a|b`\n",
    });
    expect(content).toBe("| A | B |\n| --- | --- |\n| One \\| two \\| three `a\\|b` | b |");
  });

  test("gets what the page says it gets, where that is a word", async () => {
    const { content } = await page(
      "import Part from './_part.mdx'\n\n<Part name=\"One &amp; two\" cmd={'a'} n={3} />\n\n<Part name=\"*Three*\" />",
      {
        "docs/_part.mdx":
          "It is {props.name}, {props.n}.\n\n<CodeBlock>{`run ${props.cmd}`}</CodeBlock>\n\n<Deep label={props.name} />\n\n`{props.name}`\n\nimport Deep from './_deep.mdx'",
        "docs/_deep.mdx": "Deep: {props.label}",
      },
    );
    expect(content).toBe(
      "It is One & two, 3.\n\n```\nrun a\n```\n\nDeep: One & two\n\n`{props.name}`\n\nIt is *Three*, .\n\n```\nrun\n```\n\nDeep: *Three*\n\n`{props.name}`",
    );
  });

  test("finds what it imports from its own folder, and its names are its own", async () => {
    const { content, notes } = await page(
      "import A from '@site/parts/_a.md'\nimport Code from '!!raw-loader!./x.bbj'\n\n<A />\n<pre>{Code}</pre>",
      {
        "docusaurus.config.js": "",
        "docs/x.bbj": "x",
        "parts/_a.md":
          "import Code from '!!raw-loader!./deep/y.bbj'\nimport B from './deep/b.mdx'\n\n<pre>{Code}</pre>\n<B />",
        "parts/deep/y.bbj": "y",
        "parts/deep/b.mdx": "B\n",
      },
    );
    expect(content).toBe("```bbj\ny\n```\n\nB\n\n```bbj\nx\n```");
    expect(notes).toEqual([]);
  });

  test("is cut where it shows itself, and named", async () => {
    const { content, notes } = await page("import A from './a.md'\n\n<A />", {
      "docs/a.md": "A\n\n<B />\n\nimport B from './b.md'",
      "docs/b.md": "B\n\n<A />\n\nimport A from './a.md'",
    });
    expect(content).toBe("A\n\nB");
    expect(notes.filter((note) => note.includes("docs/page.mdx"))).toEqual([
      "warning docs/page.mdx: docs/b.md shows ./a.md, which is shown around it already: it is left out there",
    ]);
  });

  test("that expands without end is bounded, and named", async () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [
        `docs/_p${n}.mdx`,
        `import P from './_p${n + 1}.mdx'\n\nText ${n}\n\n<P />\n\n<P />\n`,
      ]),
    );
    const started = performance.now();
    const { content, notes } = await page("import P from './_p0.mdx'\n\n<P />", { ...files, "docs/_p40.mdx": "End" });
    expect(content?.length).toBeLessThan(10_000_000);
    expect(notes.join("\n")).toContain("docs/page.mdx: what it shows of other files");
    expect(performance.now() - started).toBeLessThan(20_000);
  }, 60_000);

  test("may be every place of a large page", async () => {
    const { content, notes } = await page(`import P from './_p.mdx'\n\n${"<P />\n\n".repeat(3000)}`, {
      "docs/_p.mdx": "One sentence.",
    });
    expect(content?.split("One sentence.").length).toBe(3001);
    expect(notes).toEqual(["skipped docs/_p.mdx: a partial, shown by docs/page.mdx"]);
  });

  test("is what fenced `mdx-code-block`s are for", async () => {
    const { content } = await page("```mdx-code-block\nimport P from './_p.mdx'\n\n<P />\n```\n\n```js\nx\n```", {
      "docs/_p.mdx": "P",
    });
    expect(content).toBe("P\n\n```js\nx\n```");
    const about = "````md\n```mdx-code-block\n<P />\n```\n````";
    expect((await page(`A\n\n${about}`)).content).toBe(`A\n\n${about}`);
  });
});

describe("a partial", () => {
  test("that a page shows is no page of its own, whatever else shows it; one that none shows is", async () => {
    using directory = temporaryDirectory();
    write(directory.path, {
      "docs/_shown.mdx": "Shown\n\n<Deep />\n\nimport Deep from './_parts/deep.md'",
      "docs/_parts/deep.md": "Deep",
      "docs/_lonely.mdx": "Lonely\n\n<Below />\n\nimport Below from './_below.mdx'",
      "docs/_below.mdx": "Below",
      "docs/_one.mdx": "One\n\nimport Two from './_two.mdx'\n\n<Two />",
      "docs/_two.mdx": "Two\n\nimport One from './_one.mdx'\n\n<One />",
      "docs/_draft.mdx": "Of a draft",
      "docs/_unused.mdx": "Unused",
      "docs/_code.mdx": "Code",
      "docs/whole.mdx": "Whole",
      "docs/a.mdx":
        "import A from './_shown.mdx'\nimport W from './whole.mdx'\nimport U from './_unused.mdx'\n\nA\n\n<A /><W />",
      "docs/b.mdx": "import A from './_shown.mdx'\n\nB\n\n<A />",
      "docs/c.mdx": "---\ndraft: true\n---\nimport D from './_draft.mdx'\n\n<D />",
      "docs/d.mdx": "```\nimport D from './_code.mdx'\n\n<D />\n```\n\n`<D />`",
    });
    const { pages, notes } = await read(directory.path);
    expect([...pages.keys()].sort()).toEqual(
      [
        "_code.mdx",
        "_draft.mdx",
        "_lonely.mdx",
        "_one.mdx",
        "_two.mdx",
        "_unused.mdx",
        "a.mdx",
        "b.mdx",
        "d.mdx",
        "whole.mdx",
      ].sort(),
    );
    expect(pages.get("a.mdx")).toBe("A\n\nShown\n\nDeep\n\nWhole");
    expect(pages.get("_lonely.mdx")).toBe("Lonely\n\nBelow");
    expect(notes.filter((note) => note.startsWith("skipped")).sort()).toEqual([
      "skipped docs/_below.mdx: a partial, shown by docs/_lonely.mdx",
      "skipped docs/_parts/deep.md: a partial, shown by docs/a.mdx",
      "skipped docs/_shown.mdx: a partial, shown by docs/a.mdx",
      "skipped docs/c.mdx: draft: true in its front matter",
    ]);
  });

  test("is counted, not named, where there are many", async () => {
    using directory = temporaryDirectory();
    const numbers = Array.from({ length: 11 }, (_, number) => number);
    const imports = numbers.map((number) => `import P${number} from './_${number}.mdx'\n`);
    write(directory.path, {
      ...Object.fromEntries(numbers.map((number) => [`docs/_${number}.mdx`, `Part ${number}`])),
      "docs/a.mdx": `${imports.join("")}\n${numbers.map((number) => `<P${number} />`).join("\n\n")}`,
    });
    const { pages, notes } = await read(directory.path);
    expect([...pages.keys()]).toEqual(["a.mdx"]);
    expect(notes).toEqual(["skipped : 11 partials are shown by pages: they are no documents of their own"]);
  });

  test("is shown whatever path leads to it", async () => {
    using directory = temporaryDirectory();
    write(directory.path, { "docs/_real/_p.mdx": "P", "docs/a.mdx": "import P from './link/_p.mdx'\n\n<P />" });
    symlinkSync("_real", join(directory.path, "docs/link"));
    const { pages } = await read(directory.path);
    expect([...pages]).toEqual([["a.mdx", "P"]]);
  });

  test("of another source stays a page there", async () => {
    using directory = temporaryDirectory();
    write(directory.path, { "other/_p.mdx": "P", "docs/a.mdx": "import P from '../other/_p.mdx'\n\n<P />" });
    expect([...(await read(directory.path)).pages]).toEqual([["a.mdx", "P"]]);
    expect([...(await read(directory.path, { paths: ["other"] })).pages]).toEqual([["_p.mdx", "P"]]);
  });
});

describe("what a page imports", () => {
  const files = {
    "docs/page.mdx": "import A from './_a.mdx'\nimport S from '!!raw-loader!../s.bbj'\n\n<A /><pre>{S}</pre>",
    "docs/other.mdx": "import S from '../t.bbj'\n\nOther",
    "docs/_a.mdx": "import B from './_b.mdx'\n\nA <B />",
    "docs/_b.mdx": "B",
    "s.bbj": "s",
  };

  test("is part of its fingerprint, by whatever way; so is what appears", async () => {
    using directory = temporaryDirectory();
    const of = async () => {
      const { fingerprints } = await read(directory.path);
      return { page: fingerprints.get("docs/page.mdx"), other: fingerprints.get("docs/other.mdx") };
    };
    write(directory.path, files);
    const all = [await of()];
    all.push(await of());
    for (const [path, text] of [
      ["docs/_b.mdx", "C"],
      ["s.bbj", "t"],
      ["docs/_a.mdx", "A"],
    ] as const) {
      write(directory.path, { [path]: text });
      all.push(await of());
    }
    rmSync(join(directory.path, "s.bbj"));
    all.push(await of());
    expect(all[0]).toEqual(all[1]);
    expect(new Set(all.map((each) => each.page)).size).toBe(5);
    expect(new Set(all.map((each) => each.other)).size).toBe(1);
  });

  test("is named where it does not exist, or is no text, and the rest of the page is used", async () => {
    const { content, notes } = await page(
      [
        "import A from './_a.mdx'",
        "import B from '!!raw-loader!@site/b.bbj'",
        "import C from '!!raw-loader!./c.bin'",
        "import D from '!!raw-loader!./folder'",
        "import E from '@alias/_e.mdx'",
        "import F from './_unused.mdx'",
        "import G from '@theme/G'",
        "",
        "<A />\n<pre>{B}</pre>\n<pre>{C}</pre>\n<pre>{D}</pre>\n<E />\n<G />\n\nRest",
      ].join("\n"),
      { "docs/c.bin": new Uint8Array([1, 0, 2]), "docs/folder/x.bbj": "x", "docusaurus.config.js": "" },
    );
    expect(content).toBe("Rest");
    expect(notes).toEqual([
      "warning docs/page.mdx: it shows ./_a.mdx, but docs/_a.mdx does not exist: restore the file, or take the import out",
      "warning docs/page.mdx: it shows @site/b.bbj, but b.bbj does not exist: restore the file, or take the import out",
      "warning docs/page.mdx: it shows ./c.bin, but docs/c.bin is no text: its bytes are left out",
      "warning docs/page.mdx: it shows ./folder, but docs/folder is not a regular file",
      "warning docs/page.mdx: it shows @alias/_e.mdx, but only ./, ../ and @site/ are followed: its text is left out",
      "skipped : 2 files are no documents because of their endings: .bbj 1, .bin 1; extensions in the source's entry says which endings are read",
    ]);
  });

  test("is not read when it is too large", async () => {
    using directory = temporaryDirectory();
    write(directory.path, {
      "docs/page.mdx": "import S from '!!raw-loader!./s.bbj'\n\nText\n\n<pre>{S}</pre>",
      "docs/s.bbj": "x".repeat(2000),
    });
    const { pages, notes } = await read(directory.path, {}, { fileSizeBytesMax: 1000 });
    expect(pages.get("page.mdx")).toBe("Text");
    expect(notes.join()).toContain("docs/s.bbj is too large");
  });

  test("makes the page fail when it is there and cannot be read, so that its old rows stay", async () => {
    using directory = temporaryDirectory();
    write(directory.path, { ...files, "s.bbj": "" });
    rmSync(join(directory.path, "s.bbj"));
    symlinkSync("gone.bbj", join(directory.path, "s.bbj"));
    const { notes } = await read(directory.path);
    expect(notes).toContain("failed docs/page.mdx: s.bbj, which it shows, cannot be read: it does not exist (ENOENT)");
  });

  test("is found where the page really lies, when its folder is a link", async () => {
    using directory = temporaryDirectory();
    write(directory.path, {
      "site/docusaurus.config.js": "",
      "site/docs/page.mdx":
        "import S from '!!raw-loader!../s.bbj'\nimport T from '!!raw-loader!@site/s.bbj'\n\n<pre>{S}{T}</pre>",
      "site/s.bbj": "s\n",
      "data/other.md": "Text",
    });
    symlinkSync("../site/docs", join(directory.path, "data/docs"));
    const { pages, notes } = await read(join(directory.path, "data"));
    expect(pages.get("page.mdx")).toBe("```bbj\nss\n```");
    expect(notes).toEqual([]);
  });

  test("makes the page fail when it is a pointer to what is somewhere else, and is named when it has marks of a merge", async () => {
    using directory = temporaryDirectory();
    write(directory.path, {
      ...files,
      "s.bbj": `version https://git-lfs.github.com/spec/v1\noid sha256:${"a".repeat(64)}\nsize 12345\n`,
      "docs/merged.mdx": "import M from './_m.mdx'\n\n<M />",
      "docs/_m.mdx": "A\n\n<<<<<<< HEAD\nB\n=======\nC\n>>>>>>> other\n",
    });
    const { pages, notes } = await read(directory.path);
    expect(notes).toContain("failed docs/page.mdx: s.bbj, which it shows, is a Git LFS pointer: run git lfs pull");
    expect(notes).toContain(
      "warning docs/merged.mdx: docs/_m.mdx, which it shows, has conflict markers of an unfinished merge (line 3): both sides are ingested; resolve it",
    );
    expect(pages.get("merged.mdx")).toContain("C");
  });

  test("comes from the site where there is one, not from what lies beside it", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, {
      "notes.bbj": "secret",
      "other/part.mdx": "secret",
      "site/docusaurus.config.ts": "",
      "site/samples/a.bbj": "sample",
      "site/docs/page.mdx":
        "import A from '!!raw-loader!@site/../notes.bbj'\nimport B from '../../other/part.mdx'\nimport C from '!!raw-loader!../samples/a.bbj'\n\nText\n\n<pre>{A}</pre>\n\n<B />\n\n<pre>{C}</pre>",
    });
    const { pages, notes } = await read(path, { paths: ["site/docs"] });
    expect(pages.get("page.mdx")).toBe("Text\n\n```bbj\nsample\n```");
    expect(notes).toEqual([
      "warning site/docs/page.mdx: it shows @site/../notes.bbj, but notes.bbj lies out of the site and of the folders of paths: name its folder there, or set follow_links = true in the source's entry",
      "warning site/docs/page.mdx: it shows ../../other/part.mdx, but other/part.mdx lies out of the site and of the folders of paths: name its folder there, or set follow_links = true in the source's entry",
    ]);
    const named = await read(path, { paths: ["site/docs", "other"] });
    expect(named.pages.get("page.mdx")).toBe("Text\n\nsecret\n\n```bbj\nsample\n```");
  });

  test.each(["config.toml", "sources.toml", "server.key", "tls.PEM", "prod.env", "id_rsa"])(
    "comes from no file that holds passwords and keys by its name: %s",
    async (name) => {
      const text = `import A from '!!raw-loader!../${name}'\nimport B from '!!raw-loader!./link.txt'\n\nText\n\n<pre>{A}</pre>\n<pre>{B}</pre>`;
      using directory = temporaryDirectory();
      const { path } = directory;
      write(path, { [name]: "secret", "docs/page.mdx": text });
      symlinkSync(join("..", name), join(path, "docs/link.txt"));
      const { pages, notes } = await read(path, { keys: { follow_links: true } });
      expect(pages.get("page.mdx")).toBe("Text");
      expect(notes).toEqual([
        `warning docs/page.mdx: it shows ../${name}, but files that may hold passwords or keys are not read: ${name}`,
        "warning docs/page.mdx: it shows ./link.txt, but files that may hold passwords or keys are not read: docs/link.txt",
      ]);
    },
  );

  test("comes from no file that lies out of the site, whatever leads there", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, {
      "secret.bbj": "secret",
      "data/.env": "secret",
      "data/docs/page.mdx": [
        "import A from '!!raw-loader!../../secret.bbj'",
        "import B from '!!raw-loader!./link.bbj'",
        "import C from '!!raw-loader!../.env'",
        "import D from '!!raw-loader!../../data/node_modules/d.js'",
        "",
        "Text\n\n<pre>{A}</pre>\n<pre>{B}</pre>\n<pre>{C}</pre>\n<pre>{D}</pre>",
      ].join("\n"),
      "data/node_modules/d.js": "secret",
    });
    symlinkSync("../../secret.bbj", join(path, "data/docs/link.bbj"));
    const { pages, notes } = await read(join(path, "data"));
    expect(pages.get("page.mdx")).toBe("Text");
    expect(notes).toEqual([
      "warning docs/page.mdx: it shows ../../secret.bbj, but ../secret.bbj lies out of data_dir and of the folders of paths: name its folder there, or set follow_links = true in the source's entry",
      "warning docs/page.mdx: it shows ./link.bbj, but docs/link.bbj is a link out of data_dir and of the folders of paths: name its folder there, or set follow_links = true in the source's entry",
      "warning docs/page.mdx: it shows ../.env, but names that begin with a dot, and node_modules, are not read: .env",
      "warning docs/page.mdx: it shows ../../data/node_modules/d.js, but names that begin with a dot, and node_modules, are not read: node_modules/d.js",
    ]);
    const followed = await read(join(path, "data"), { keys: { follow_links: true } });
    expect(followed.pages.get("page.mdx")).toBe("Text\n\n```bbj\nsecret\n```\n\n```bbj\nsecret\n```");
  });
});
