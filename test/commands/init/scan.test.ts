import { describe, expect, test } from "bun:test";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { leftOver } from "../../../src/commands/init/left-over.ts";
import { proposalsOf } from "../../../src/commands/init/proposals.ts";
import { scan } from "../../../src/commands/init/scan.ts";
import { sourcesText } from "../../../src/commands/init/file-texts.ts";
import { loadSources } from "../../../src/config/sources.ts";
import { systemClock } from "../../../src/flow/clock.ts";
import { loadParser } from "../../../src/parsers/registry.ts";
import { HandClock } from "../../support/hand-clock.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { writeTree } from "../../support/write-tree.ts";

const BBJ = 'rem Prints\nprint "hello"\nlet a$="x"\nrelease\n';
const JAVADOC = '{"name":"com.example","docu":"","classes":[{"name":"Thing","docu":""}]}';

/** What is proposed for a tree, as "name parser: paths (files)", and what is said of the rest. */
async function found(files: Readonly<Record<string, string>>, prepare: (root: string) => void = () => {}) {
  using directory = temporaryDirectory();
  const root = join(directory.path, "corpus");
  writeTree(root, files);
  prepare(root);
  const scanned = await scan(root, { clock: systemClock });
  const sources = proposalsOf(scanned, root);
  return {
    sources: sources.map(({ name, parser, paths, files: count }) => `${name} ${parser}: ${paths.join(" ")} (${count})`),
    left: leftOver(scanned),
  };
}

describe("a folder is made of sources", () => {
  test("of each kind of document, by what the parsers say of their files", async () => {
    const { sources, left } = await found({
      "manuals/a.pdf": "%PDF",
      "manuals/de/B.PDF": "%PDF",
      "tutorial/intro.md": "# Intro",
      "tutorial/more/page.mdx": "# More",
      "samples/hello.bbj": "print 1",
      "samples/old.src": BBJ,
      "samples/readme.txt": "Dear reader, this is prose.",
      "api/com.example.json": JAVADOC,
      "api/package.json": '{"name":"x","version":"1"}',
      "pictures/a.png": "",
      "pictures/b.PNG": "",
      "pictures/LICENSE": "",
    });
    expect(sources).toEqual([
      "api javadoc: api (1)",
      "manuals pdf: manuals (2)",
      "samples bbj-source: samples (2)",
      "tutorial mdx: tutorial (2)",
    ]);
    expect(left).toEqual(["5 files no parser reads: .png 2, no ending 1, .json 1, .txt 1"]);
  });

  test("a Flare project is one, with all that lies in it but PDFs, and nothing of what Flare built", async () => {
    const { sources, left } = await found({
      "help/Help.flprj": "<x/>",
      "help/Content/intro.htm": "<html/>",
      "help/Content/Resources/guide.pdf": "%PDF",
      "help/Content/Resources/code.bbj": "print 1",
      "help/Content/notes.md": "# Notes",
      "help/Output/Web/intro.htm": "<html/>",
      "help/Output/all.pdf": "%PDF",
      "site/page.htm": "<html/>",
    });
    expect(sources).toEqual(["help flare: help (1)", "Resources pdf: help/Content/Resources (1)"]);
    expect(left).toEqual(["2 files in the output of a Flare project, and left out", "1 file no parser reads: .htm 1"]);
  });

  test("of a Docusaurus site the docs are one, and what lies beside them is left out", async () => {
    const { sources, left } = await found({
      "site/docusaurus.config.ts": "",
      "site/docs/intro.md": "# Intro",
      "site/docs/guides/page.mdx": "# Guide",
      "site/README.md": "# Site",
      "site/samples/hello.bbj": "print 1",
      "notes/one.md": "# One",
    });
    expect(sources).toEqual([
      "notes mdx: notes (1)",
      "site mdx: site/docs (2)",
      "samples bbj-source: site/samples (1)",
    ]);
    expect(left).toEqual([
      "1 file beside the docs of a Docusaurus site, and left out",
      "1 file no parser reads: .ts 1",
    ]);
  });

  test("paths lead to the files of a source, and to no other's", async () => {
    const { sources } = await found({
      "start.md": "# Start",
      "a.pdf": "%PDF",
      "site/docusaurus.config.js": "",
      "site/docs/intro.md": "# Intro",
      "notes/deep/one.md": "# One",
    });
    expect(sources).toEqual([
      "corpus pdf: . (1)",
      "corpus-mdx mdx: *.md (1)",
      "deep mdx: notes/deep (1)",
      "site mdx: site/docs (1)",
    ]);
  });

  test("names are words that nothing else is called by", async () => {
    const { sources } = await found({
      "Über uns! (neu)/docs/a.md": "# A",
      "Über uns! (neu)/docs/b.pdf": "%PDF",
      "Über uns? (neu)/docs/c.md": "# C",
      "😀/d.md": "# D",
    });
    expect(sources.map((source) => source.split(" ")[0])).toEqual([
      "Über-uns-neu",
      "Über-uns-neu-pdf",
      "Über-uns-neu-mdx",
      "corpus",
    ]);
  });

  test("documents that all lie in one folder are parted by the folders in it", async () => {
    const { sources } = await found({
      "docs/manuals/a.pdf": "%PDF",
      "docs/tutorial/intro.md": "# Intro",
      "docs/tutorial/more/page.mdx": "# More",
      "docs/notes/one.md": "# One",
      "docs/samples/hello.bbj": "print 1",
    });
    expect(sources).toEqual([
      "manuals pdf: docs/manuals (1)",
      "notes mdx: docs/notes (1)",
      "samples bbj-source: docs/samples (1)",
      "tutorial mdx: docs/tutorial (2)",
    ]);
  });

  test("a folder with files of several parsers has a source for each, which says what it reads there", async () => {
    using directory = temporaryDirectory();
    writeTree(directory.path, { "mixed/intro.md": "# Intro", "mixed/hello.bbj": BBJ, "alone/one.md": "# One" });
    const sources = proposalsOf(await scan(directory.path, { clock: systemClock }), directory.path);
    const text = sourcesText({ dataDir: "", sources, chosen: sources.map(({ name }) => name) });
    writeFileSync(join(directory.path, "sources.toml"), text);
    const { all: listed, entries } = loadSources({ flags: {}, env: {}, cwd: directory.path });
    expect(listed).toHaveLength(3);
    const context = { fileSizeBytesMax: 1_000_000, signal: new AbortController().signal };
    for (const entry of entries) {
      const parser = await loadParser(entry, {});
      const inputs = await Array.fromAsync(parser.inputs(entry, context));
      expect([entry.name, inputs.map(({ kind }) => kind)]).toEqual([entry.name, ["input"]]);
    }
    expect(entries.find(({ name }) => name === "alone")?.extensions).toBeUndefined();
  });

  test("many folders of one kind are one source", async () => {
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`part${index}/page.md`, "# Page"]));
    expect((await found(files)).sources).toEqual(["corpus mdx: . (20)"]);
  });
});

describe("looking through a folder", () => {
  test("passes over node_modules and hidden folders", async () => {
    const { sources, left } = await found({
      "docs/a.md": "# A",
      "node_modules/x/readme.md": "# X",
      ".git/description.md": "# Git",
    });
    expect(sources).toEqual(["docs mdx: docs (1)"]);
    expect(left).toEqual([]);
  });

  test("follows no links, so that circles are none, and says so", async () => {
    const { sources, left } = await found({ "docs/a.md": "# A" }, (root) => {
      symlinkSync(root, join(root, "docs", "again"));
      symlinkSync("nowhere", join(root, "lost.md"));
    });
    expect(sources).toEqual(["docs mdx: docs (1)"]);
    expect(left).toEqual(["2 links not followed: lost.md, docs/again"]);
  });

  test("ends at its bound, and says that there is more", async () => {
    using directory = temporaryDirectory();
    writeTree(directory.path, { "a/1.md": "#", "a/2.md": "#", "b/3.md": "#", "c/4.md": "#" });
    const scanned = await scan(directory.path, { clock: systemClock, filesMax: 2 });
    expect(scanned.looked).toBe(2);
    expect(leftOver(scanned)).toEqual(["only the first 2 files looked at: there are more"]);
  });

  test("ends when it takes too long", async () => {
    using directory = temporaryDirectory();
    writeTree(directory.path, { "a/1.md": "#", "b/2.md": "#", "c/3.md": "#" });
    const clock = new HandClock();
    const scanned = await scan(directory.path, { clock, onProgress: (files) => files > 0 && clock.advance(100_000) });
    expect(scanned).toMatchObject({ looked: 1, isCut: true });
  });
});
