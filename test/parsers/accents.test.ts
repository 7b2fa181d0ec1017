import { expect, test } from "bun:test";
import { mdx } from "../../src/parsers/mdx/entry.ts";
import { readAll, sourceOf } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { page, readProject, toc, variables, writeFiles } from "./flare/write-project.ts";

// Names with accents as macOS writes them (NFD), and references to them as editors write them (NFC), and the other way.
const FORMS = [
  ["NFD", "NFC"],
  ["NFC", "NFD"],
] as const;

test.each(FORMS)("labels of folders are found, names in %s, the source in %s", async (onDisk, configured) => {
  using directory = temporaryDirectory();
  writeFiles(directory.path, {
    ["dócs/übung/_category_.json".normalize(onDisk)]: '{ "label": "Exercises" }',
    ["dócs/übung/á.md".normalize(onDisk)]: "Text.",
  });
  const paths = ["dócs".normalize(configured)];
  const { documents, notes } = await readAll(mdx, sourceOf({ parser: "mdx", dataDir: directory.path, paths }));
  expect(notes).toEqual([]);
  expect(documents).toMatchObject([
    { sourceUrl: "docs://übung/á.md".normalize("NFC"), contextHeader: "docs > Exercises > Á".normalize("NFC") },
  ]);
});

test.each(FORMS)(
  "snippets, variables and contents are found, names in %s, references in %s",
  async (onDisk, written) => {
    const { documents, notes } = await readProject(
      {
        ["hélp/x.flprj".normalize(onDisk)]: "<x/>",
        ["hélp/Content/übung/á.htm".normalize(onDisk)]: page(
          `<MadCap:snippetBlock src="${"../é.flsnp".normalize(written)}" /><p><MadCap:variable name="${"Sét".normalize("NFC")}.Name" /></p>`,
        ),
        ["hélp/Content/é.flsnp".normalize(onDisk)]: page("<p>From the snippet.</p>"),
        ["hélp/Project/VariableSets/Sét.flvar".normalize(onDisk)]: variables({ Name: "Widget" }),
        ["hélp/Project/TOCs/main.fltoc".normalize(onDisk)]: toc(
          `<TocEntry Title="Part"><TocEntry Title="A" Link="${"/Content/übung/á.htm".normalize(written)}" /></TocEntry>`,
        ),
      },
      { paths: ["hélp".normalize(written)] },
    );
    expect(notes).toEqual([]);
    expect(documents).toMatchObject([
      { sourceUrl: "flare://Content/übung/á.htm".normalize("NFC"), contextHeader: expect.stringContaining("Part") },
    ]);
    expect(documents[0]?.content).toContain("From the snippet.");
    expect(documents[0]?.content).toContain("Widget");
  },
);

test.each(FORMS)("what a page imports is found, names in %s, the import in %s", async (onDisk, written) => {
  using directory = temporaryDirectory();
  const text =
    "import Part from './_é.mdx'\nimport Code from '!!raw-loader!@site/prógrams/á.bbj'\n\n# A\n\n<Part />\n\n<CodeBlock>{Code}</CodeBlock>\n";
  writeFiles(directory.path, {
    ["docusaurus.config.js"]: "",
    ["docs/übung/a.mdx".normalize(onDisk)]: text.normalize(written),
    ["docs/übung/_é.mdx".normalize(onDisk)]: "From the part.",
    ["prógrams/á.bbj".normalize(onDisk)]: 'print "from the program"',
  });
  const source = sourceOf({ parser: "mdx", dataDir: directory.path, paths: ["docs"] });
  const { documents, notes } = await readAll(mdx, source);
  expect(notes.filter(({ kind }) => kind !== "skipped")).toEqual([]);
  expect(documents.map(({ sourceUrl }) => sourceUrl)).toEqual(["docs://übung/a.mdx".normalize("NFC")]);
  expect(documents[0]?.content).toContain("From the part.");
  expect(documents[0]?.content).toContain("from the program");
});
