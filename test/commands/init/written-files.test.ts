import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configText, sourcesText } from "../../../src/commands/init/file-texts.ts";
import { lookThrough } from "../../../src/commands/init/folder.ts";
import { writeFiles, writeNew } from "../../../src/commands/init/write-files.ts";
import { loadSettings } from "../../../src/config/settings.ts";
import { loadSources } from "../../../src/config/sources.ts";
import { systemClock } from "../../../src/flow/clock.ts";
import { listFiles } from "../../../src/parsers/file-listing.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { writeTree } from "../../support/write-tree.ts";

const OUTPUT = { write: () => {} };

/** Writes the sources file of what is found in `docs`, reads it as a run does, and lists what each entry leads to. */
async function readBack(directory: string, folder: string) {
  const world = {
    ...{ program: [], env: {}, cwd: directory, stdout: OUTPUT, stderr: OUTPUT, clock: systemClock },
    startParseWorker: () => {
      throw new Error("nothing is parsed");
    },
    interactiveTerminal: false,
    onInterrupt: () => () => {},
  };
  const { sources } = await lookThrough(join(directory, folder), world);
  const chosen = sources.map(({ name }) => name);
  writeFileSync(join(directory, "sources.toml"), sourcesText({ dataDir: folder, sources, chosen }));
  const { entries, warnings } = loadSources({ flags: {}, env: {}, cwd: directory });
  expect(warnings).toEqual([]);
  const listed: string[] = [];
  for (const entry of entries) {
    const extensions = entry.parser === "pdf" ? [".pdf"] : [".md", ".mdx"];
    for await (const item of listFiles(entry, { extensions, signal: new AbortController().signal }))
      listed.push(`${entry.name}: ${item.path}`);
  }
  return { listed, sources, entries };
}

describe("sources.toml as it is written is read as it was meant", () => {
  const NAMES = [
    "with spaces",
    'with "quotes"',
    "it's",
    "Ümläute",
    "😀 emoji",
    "a\nb",
    "tab\there",
    "[x]",
    "a*b",
    "a{b,c}",
    "back\\slash",
    "!bang",
    "#hash",
    "\u007fdel",
    "~home",
    "-dash",
  ];

  test.each(NAMES)("with a folder that is called %j", async (name) => {
    using directory = temporaryDirectory();
    writeTree(join(directory.path, "docs"), { [`${name}/page.md`]: "# Page", [`${name}/sub/manual.pdf`]: "%PDF" });
    const { listed, sources } = await readBack(directory.path, "docs");
    expect(sources.flatMap(({ paths }) => paths)).toHaveLength(2);
    expect(listed.map((line) => line.slice(line.indexOf(": ") + 2)).sort()).toEqual(
      [`${name}/page.md`, `${name}/sub/manual.pdf`].sort(),
    );
  });

  test.each(NAMES)("with a file that is called %j beside another source's folder", async (name) => {
    using directory = temporaryDirectory();
    writeTree(join(directory.path, "docs"), {
      [`part ${name}/${name}.md`]: "# Page",
      [`part ${name}/site/docusaurus.config.js`]: "",
      [`part ${name}/site/docs/intro.md`]: "# Intro",
    });
    const { listed } = await readBack(directory.path, "docs");
    const paths = listed.map((line) => line.slice(line.indexOf(": ") + 2));
    expect(paths.sort()).toEqual([`part ${name}/${name}.md`, `part ${name}/site/docs/intro.md`].sort());
  });

  test("with a data directory that has an odd name", async () => {
    using directory = temporaryDirectory();
    writeTree(join(directory.path, 'my "docs"\n[1]'), { "a.md": "# A" });
    const { listed, entries } = await readBack(directory.path, 'my "docs"\n[1]');
    expect(listed).toHaveLength(1);
    expect(entries[0]?.dataDir).toBe(join(directory.path, 'my "docs"\n[1]'));
  });

  test("what was not chosen stands there, off", () => {
    const proposal = { parser: "pdf", paths: ["."], files: 2, noun: "" };
    const sources = [
      { ...proposal, name: "one" },
      { ...proposal, name: "two" },
    ];
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, "sources.toml"), sourcesText({ dataDir: "", sources, chosen: ["two"] }));
    const { all } = loadSources({ flags: {}, env: {}, cwd: directory.path });
    expect(all.map(({ name, enabled }) => [name, enabled])).toEqual([
      ["one", false],
      ["two", true],
    ]);
  });
});

test("config.toml as it is written sets what was chosen, and nothing else", () => {
  using directory = temporaryDirectory();
  const values = {
    database_url: 'postgres://u:p%20"w@h/d',
    embedding_provider: "lexical",
    ingest_workers: 3,
    state_dir: 'a "b"\n',
  };
  writeFileSync(join(directory.path, "config.toml"), configText(values));
  const { settings, origins, warnings } = loadSettings({ env: {}, cwd: directory.path });
  expect(settings).toMatchObject(values);
  expect(warnings).toEqual([]);
  const set = [...origins].filter(([, { name }]) => name.endsWith("config.toml")).map(([key]) => key);
  expect(set.sort()).toEqual(Object.keys(values).sort());
});

describe("a file that is there", () => {
  test("is not written over, nor is what a link leads to", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "config.toml");
    writeFileSync(path, "mine");
    expect(await writeNew({ path, label: "config.toml" }, "yours")).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("mine");
    const link = join(directory.path, "sources.toml");
    symlinkSync("nowhere", link);
    expect(await writeNew({ path: link, label: "sources.toml" }, "yours")).toBe(false);
  });

  test("is for its owner alone where it holds a password", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "config.toml");
    expect(await writeNew({ path, label: "config.toml" }, "secret", { secret: true })).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("is not left behind where the other one cannot be written", async () => {
    using directory = temporaryDirectory();
    const files = {
      sources: { label: "missing/s.toml", path: join(directory.path, "missing", "s.toml"), isThere: false },
      config: { label: "config.toml", path: join(directory.path, "config.toml"), isThere: false },
    };
    const scanned = {
      files: [],
      endings: new Map(),
      unread: new Map(),
      unreadable: [],
      links: [],
      looked: 0,
      isCut: false,
    };
    const folder = { path: directory.path, scanned, sources: [] };
    await expect(writeFiles(files, { folder, chosen: [], choices: {} })).rejects.toThrow(
      "missing/s.toml cannot be written",
    );
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("that cannot be written is named", async () => {
    using directory = temporaryDirectory();
    mkdirSync(join(directory.path, "a"));
    const written = writeNew({ path: join(directory.path, "missing", "x.toml"), label: "x.toml" }, "");
    expect(written).rejects.toThrow("x.toml cannot be written: it does not exist");
  });
});
