import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chunkDocument } from "../../src/chunk/chunk-document.ts";
import { estimateTokens } from "../../src/chunk/tokens.ts";
import type { Document } from "../../src/parsers/parser.ts";

const OPTIONS = { chunkSize: 120, chunkOverlap: 20 };

function page(content: string, title = "Page", contextHeader = "Tutorial > Page"): Document {
  return {
    sourceUrl: "x://y",
    title,
    docType: "concept",
    content,
    generations: ["bbj"],
    contextHeader,
    deprecated: false,
    displayUrl: "",
    metadata: {},
  };
}

const chunksOf = (content: string, options = OPTIONS) => chunkDocument(page(content), options);
const sentence = (number: number) => `Sentence number ${number} speaks of channels, records and the files behind them.`;
const prose = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => sentence(from + index)).join(" ");

describe("a page in chunks", () => {
  test("content is the context header, a blank line, and the text; the hash is its SHA-256", () => {
    const [chunk] = chunksOf("Hello, world.");
    expect(chunk).toMatchObject({
      content: "Tutorial > Page\n\nHello, world.",
      contextHeader: "Tutorial > Page",
      chunkIndex: 0,
    });
    expect(chunk?.contentHash).toBe(
      new Bun.CryptoHasher("sha256").update("Tutorial > Page\n\nHello, world.").digest("hex"),
    );
  });

  test("the whole chain of headings stands in the header, and the title is not repeated", () => {
    const chunks = chunksOf(`# Page\n\n## Parameters\n\n${prose(12)}\n\n### Example\n\n${prose(12, 50)}`);
    expect(new Set(chunks.map((chunk) => chunk.contextHeader))).toEqual(
      new Set(["Tutorial > Page > Parameters", "Tutorial > Page > Parameters > Example"]),
    );
  });

  test("small neighbours under one heading are one chunk, with their headings in the text", () => {
    const chunks = chunksOf("## Open\n\nOpens a file.\n\n## Close\n\nCloses it.");
    expect(chunks).toHaveLength(1);
    expect(chunks[0]?.content).toBe("Tutorial > Page\n\n## Open\n\nOpens a file.\n\n## Close\n\nCloses it.");
  });

  describe("that says something of itself", () => {
    const about = "Divides a layout.";
    const chunked = (content: string, said = about, chunkSize = 120) =>
      chunkDocument({ ...page(content), about: said }, { ...OPTIONS, chunkSize }).map((chunk) => chunk.content);
    const header = "Tutorial > Page";

    test("has it before its first text", () => {
      expect(chunked("# Page\n\nText.\n\n## Open\n\nOpens a file.")).toEqual([
        `${header}\n\n${about}\n\nText.`,
        `${header} > Open\n\nOpens a file.`,
      ]);
    });

    test("has it before its first section, which is named in the text then", () => {
      const [first = "", ...others] = chunked(`# Page\n\n## One\n\n${prose(12)}\n\n## Two\n\n${prose(12, 50)}`);
      expect(first).toStartWith(`${header} > One\n\n${about}\n\n## One\n\n${sentence(0)}`);
      for (const other of others) expect(other).not.toContain(about);
    });

    test("keeps its other chunks", () => {
      const text = `# Page\n\nText.\n\n## One\n\n${prose(12)}\n\n## Two\n\n${prose(12, 50)}`;
      expect(chunked(text).slice(1)).toEqual(
        chunksOf(text)
          .slice(1)
          .map(({ content }) => content),
      );
    });

    test.each([
      [
        "code that fills a chunk",
        `\`\`\`\n${Array.from({ length: 25 }, (_, line) => `let a = ${line}`).join("\n")}\n\`\`\``,
      ],
      ["a table that fills a chunk", `| a | b |\n| - | - |\n${"| one | two |\n".repeat(15)}`],
      ["a long text", prose(40)],
      ["headings", Array.from({ length: 60 }, (_, index) => `## Heading number ${index}`).join("\n\n")],
      ["nothing", ""],
    ])("is within the limit before %s, in any size", (_, text) => {
      for (const said of [about, prose(3), prose(30), "word ".repeat(500), "x".repeat(3_000)]) {
        for (const chunkSize of [50, 120, 400]) {
          const texts = chunked(text, said, chunkSize);
          expect(texts.map(estimateTokens).filter((tokens) => tokens > chunkSize)).toEqual([]);
          expect(texts[0]?.replace(/\s+/g, " ")).toContain(said.slice(0, 15).trim());
        }
      }
    });

    test("loses no sentence of it when it is long", () => {
      const texts = chunked("Text.", prose(30)).join("\n");
      for (let number = 0; number < 30; number++) expect(texts).toContain(sentence(number));
      expect(texts).toContain("Text.");
    });

    test("has one chunk of it when it has no text", () => {
      expect(chunked("")).toEqual([`${header}\n\n${about}`]);
      expect(chunked("# Page")).toEqual([`${header}\n\n${about}`]);
    });
  });

  test("sentences are carried over within a section, and never across a heading", () => {
    const chunks = chunksOf(`## One\n\n${prose(20)}\n\n## Two\n\n${prose(20, 100)}`);
    const ones = chunks.filter((chunk) => chunk.contextHeader.endsWith("One"));
    expect(ones.length).toBeGreaterThan(2);
    for (const [index, chunk] of ones.slice(1).entries()) {
      const last = /number (\d+) [^.]*\.$/.exec(ones[index]?.content ?? "")?.[1];
      expect(chunk.content).toContain(`number ${last} `);
    }
    expect(chunks.find((chunk) => chunk.contextHeader.endsWith("Two"))?.content).not.toContain("number 19 ");
  });

  test("a code block is whole, with its fence and language", () => {
    const code = "```bbj\nrem add\nlet a = 1\n\nlet b = 2\n```";
    expect(
      chunksOf(`${prose(6)}\n\n${code}\n\n${prose(6, 50)}`).filter((chunk) => chunk.content.includes(code)),
    ).toHaveLength(1);
  });

  test("a code block that is too long is cut at declarations, and each part is fenced again", () => {
    const method = (name: string) =>
      `    method public void ${name}()\n${Array.from({ length: 8 }, (_, line) => `        print "${name}", ${line}`).join("\n")}\n    methodend`;
    const code = `class public Shop\n${["open", "sell", "close"].map(method).join("\n")}\nclassend`;
    const chunks = chunksOf(`\`\`\`bbj\n${code}\n\`\`\``);
    expect(chunks.length).toBeGreaterThan(1);
    for (const { content } of chunks) expect(content).toMatch(/^Tutorial > Page\n\n```bbj\n[\s\S]*\n```$/);
    const lines = chunks.flatMap(({ content }) => content.split("\n").slice(3, -1)).filter((line) => line !== "");
    expect(lines).toEqual(code.split("\n").filter((line) => line !== ""));
  });

  test("a table that is too long is cut at rows, and each part has the header", () => {
    const rows = Array.from({ length: 40 }, (_, row) => `| error ${row} | what it means, number ${row} |`);
    const chunks = chunksOf(`| number | meaning |\n| --- | --- |\n${rows.join("\n")}`);
    expect(chunks.length).toBeGreaterThan(1);
    for (const { content } of chunks) expect(content).toContain("| number | meaning |\n| --- | --- |\n| error");
    for (const row of rows) expect(chunks.filter(({ content }) => content.includes(row))).toHaveLength(1);
  });

  test("a text that occurs twice is one chunk, at its first position", () => {
    const chunks = chunksOf(`## Note\n\n${prose(5)}\n\n## Note\n\n${prose(5)}`);
    expect(chunks.map(({ chunkIndex }) => chunkIndex)).toEqual([0]);
  });

  test("nothing is a chunk that is only headings, rules or punctuation", () => {
    expect(chunksOf("# Page\n\n---\n\n***\n\n...\n\n```\n\n```")).toEqual([]);
  });

  test("a heading without text of its own is not lost", () => {
    const all = chunksOf(`## Reserved\n\n## Used\n\n${prose(12)}`).map(({ content }) => content);
    expect(all.some((content) => content.includes("Reserved"))).toBe(true);
  });

  test("a page of headings without any text has nothing to search for", () => {
    expect(chunksOf("# Page\n\n## Reserved\n\n## Used")).toEqual([]);
  });

  test("no chunk is one of headings: those that stand alone take a sentence with them", () => {
    const headings = Array.from({ length: 60 }, (_, number) => `## Reserved for the use of number ${number}`).join(
      "\n\n",
    );
    for (const markdown of [`${headings}\n\n${prose(12)}`, `${prose(12)}\n\n${headings}`]) {
      const all = chunksOf(markdown);
      const texts = all.map(({ content, contextHeader }) => content.slice(contextHeader.length));
      expect(texts.filter((text) => !/^(?!#).*\w/m.test(text))).toEqual([]);
      const kept = all.flatMap(({ content }) => content.match(/use of number \d+/g) ?? []);
      expect(new Set(kept).size).toBe(60);
    }
  });

  test("a sentence that headings take with them is no chunk of its own", () => {
    const headings = Array.from({ length: 30 }, (_, number) => `### get${number}(String p)`).join("\n\n");
    const all = chunksOf(`Package \`a.b\`\n\n## Methods\n\n${headings}`);
    expect(all[0]?.content).toStartWith(
      "Tutorial > Page > Methods\n\nPackage `a.b`\n\n## Methods\n\n### get0(String p)",
    );
    expect(all.every(({ content }) => content.includes("Package `a.b`"))).toBe(true);
    const under = chunksOf(`## About\n\nPackage \`a.b\`\n\n## Methods\n\n${headings}`);
    expect(under[0]?.content).toBe("Tutorial > Page > About\n\nPackage `a.b`");
  });

  test("headings at the end that the last chunk has no room for are not lost", () => {
    const headings = Array.from({ length: 12 }, (_, number) => `## Reserved for the use of number ${number}`);
    const all = chunksOf(`## Used\n\n${prose(12)}\n\n${headings.join("\n\n")}`).map(({ content }) => content);
    expect(headings.filter((heading) => !all.some((content) => content.includes(heading)))).toEqual([]);
  });

  test("headings without text keep the heading above them, however many they are", () => {
    const list = (name: string, count: number) =>
      Array.from({ length: count }, (_, of) => `### ${name}${of}(String p)`);
    const texts = (...lines: string[]) => chunksOf(lines.join("\n\n")).map(({ content }) => content);
    const [constructors, methods] = [list("make", 2), list("get", 7)];
    expect(texts("Package `a.b`", "## Constructors", ...constructors, "## Methods", ...methods)).toEqual([
      ["Tutorial > Page", "Package `a.b`", "## Constructors", ...constructors, "## Methods", ...methods].join("\n\n"),
    ]);
    // More than one chunk has room for: each says whose they are.
    const [first, ...others] = texts(
      "Package `a.b`",
      "## Constructors",
      ...constructors,
      "## Methods",
      ...list("get", 30),
    );
    expect(first).toBe(["Tutorial > Page", "Package `a.b`", "## Constructors", ...constructors].join("\n\n"));
    expect(others.length).toBeGreaterThan(1);
    for (const text of others) expect(text).toStartWith("Tutorial > Page > Methods\n\n");
    // What stands before a text does not pass for its heading.
    expect(texts("## Constructors", ...constructors, "## Methods", "### run()", prose(6))[0]).toStartWith(
      [
        "Tutorial > Page > Methods > run()",
        "## Constructors",
        ...constructors,
        "## Methods",
        "### run()",
        sentence(0),
      ].join("\n\n"),
    );
    // Nor those at the end of a section for what the next one has.
    const last = texts("## Methods", prose(6), "### close()", "## Fields", prose(6, 10)).filter((text) =>
      text.includes("close()"),
    );
    expect(last.map((text) => text.split("\n")[0])).toEqual(["Tutorial > Page > Methods"]);
  });

  test("a heading as long as a text is text, and whole", () => {
    const words = Array.from({ length: 400 }, (_, number) => `word${number}`);
    const all = chunksOf(`# ${words.join(" ")}\n\nText.`).map(({ content }) => content);
    expect(words.filter((word) => !all.some((content) => content.includes(word)))).toEqual([]);
  });

  test("embedded images never reach a chunk", () => {
    const chunks = chunksOf(`Before. <img src="data:image/png;base64,${"iVBORw0KGgo".repeat(2_000)}"> After.`);
    expect(chunks.map(({ content }) => content).join("")).not.toContain("base64");
  });

  test("a header that would fill the chunk loses its middle", () => {
    const long = Array.from({ length: 30 }, (_, part) => `Part ${part} of a long path`).join(" > ");
    const [chunk] = chunkDocument(page("Some text.", "Last", `${long} > Last`), OPTIONS);
    expect(chunk?.contextHeader).toStartWith("Part 0 of a long path > … > ");
    expect(chunk?.contextHeader).toEndWith(" > Last");
    expect(estimateTokens(chunk?.content ?? "")).toBeLessThanOrEqual(OPTIONS.chunkSize);
  });

  test("a line of 300,000 characters is cut, quickly and without loss", () => {
    const line = "x".repeat(299_990) + "🙂".repeat(5);
    const chunks = chunksOf(line);
    expect(chunks.map(({ content }) => content.split("\n\n").at(-1)).join("").length).toBeGreaterThan(0);
    for (const { content } of chunks) {
      expect(estimateTokens(content)).toBeLessThanOrEqual(OPTIONS.chunkSize);
      expect(content.isWellFormed()).toBe(true);
    }
  });
});

describe("whatever the page", () => {
  const word = fc.stringMatching(/^[a-z]{1,12}$/);
  const paragraph = fc.array(word, { minLength: 1, maxLength: 120 }).map((words) => words.join(" "));
  const codeLine = fc.stringMatching(/^[ ]{0,6}[a-z(){};=. ]{1,40}$/);
  const code = fc
    .array(codeLine, { minLength: 1, maxLength: 60 })
    .map((lines) => `\`\`\`java\n${lines.join("\n")}\n\`\`\``);
  const heading = fc.tuple(fc.integer({ min: 2, max: 5 }), word).map(([level, text]) => `${"#".repeat(level)} ${text}`);
  const list = fc
    .array(paragraph, { minLength: 1, maxLength: 6 })
    .map((items) => items.map((item) => `- ${item}`).join("\n"));
  const table = fc
    .array(fc.tuple(word, word), { minLength: 1, maxLength: 40 })
    .map((rows) => ["| a | b |", "| --- | --- |", ...rows.map(([one, two]) => `| ${one} | ${two} |`)].join("\n"));
  const content = fc
    .array(fc.oneof(paragraph, code, heading, list, table), { minLength: 1, maxLength: 20 })
    .map((blocks) => blocks.join("\n\n"));
  const options = fc.record({
    chunkSize: fc.integer({ min: 60, max: 400 }),
    chunkOverlap: fc.integer({ min: 0, max: 25 }),
  });

  test("no chunk is over the limit, none is empty, and the same page gives the same chunks", () => {
    fc.assert(
      fc.property(content, options, (text, settings) => {
        const chunks = chunksOf(text, settings);
        for (const chunk of chunks) {
          expect(estimateTokens(chunk.content)).toBeLessThanOrEqual(settings.chunkSize);
          expect(chunk.content).toStartWith(`${chunk.contextHeader}\n\n`);
        }
        expect(chunksOf(text, settings)).toEqual(chunks);
      }),
    );
  });

  test("no word is lost, apart from headings that nothing follows", () => {
    fc.assert(
      fc.property(content, options, (text, settings) => {
        const kept = new Set(chunksOf(text, settings).flatMap((chunk) => chunk.content.match(/[a-z]+/g) ?? []));
        const lost = text
          .split("\n")
          .filter((line) => !/^(?:#|```)/.test(line))
          .flatMap((line) => line.match(/[a-z]+/g) ?? [])
          .filter((found) => !kept.has(found));
        expect(lost).toEqual([]);
      }),
    );
  });

  test("every line of code stands unchanged inside a fence of its language", () => {
    fc.assert(
      fc.property(content, options, (text, settings) => {
        const inside = new Set<string>();
        for (const chunk of chunksOf(text, settings)) {
          let fenced = false;
          for (const line of chunk.content.split("\n")) {
            if (line.startsWith("```")) {
              expect(line).toBe(fenced ? "```" : "```java");
              fenced = !fenced;
            } else if (fenced) inside.add(line);
          }
          expect(fenced).toBe(false);
        }
        let fenced = false;
        for (const line of text.split("\n")) {
          if (line.startsWith("```")) fenced = !fenced;
          else if (fenced && /[a-z]/.test(line) && estimateTokens(line) < settings.chunkSize / 3)
            expect(inside).toContain(line);
        }
      }),
    );
  });
});
