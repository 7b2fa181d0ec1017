import { describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SourceEntry } from "../../src/parsers/parser.ts";
import { fileParser } from "../../src/parsers/file-parser.ts";
import { parseInput } from "../support/parse-input.ts";
import { parseContext, readAll, sourceOf } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

/** A parser that makes no documents; how a file is read and fingerprinted does not depend on them. */
const parserOf = (version = 1, label = "", shaping = {}) =>
  fileParser({
    version,
    extensions: [".a"],
    shaping,
    otherInputs: () => async () => [label],
    parseFile: () => ({ documents: [], notes: [] }),
  });

async function fingerprint(dataDir: string, parser = parserOf(), entry: Partial<SourceEntry> = {}): Promise<string> {
  const { fingerprints } = await readAll(parser, sourceOf({ parser: "letters", dataDir, ...entry }));
  return [...fingerprints.values()].join();
}

describe("a parser of files", () => {
  test("counts its inputs", async () => {
    using directory = temporaryDirectory();
    for (const name of ["x.a", "y.a", "z.b"]) writeFileSync(join(directory.path, name), "text");
    const source = sourceOf({ parser: "letters", dataDir: directory.path });
    expect(await parserOf().count?.(source, parseContext())).toMatchObject({ files: 2 });
  });

  test("names a file that is too large, and reads the others", async () => {
    using directory = temporaryDirectory();
    writeFileSync(join(directory.path, "x.a"), "x".repeat(3_000_000));
    writeFileSync(join(directory.path, "y.a"), "text");
    const source = sourceOf({ parser: "letters", dataDir: directory.path });
    const { notes, fingerprints } = await readAll(
      parserOf(),
      source,
      parseContext({ fileSizeBytesMax: 2 * 1024 * 1024 }),
    );
    expect(notes).toEqual([
      { kind: "failed", path: "x.a", reason: "too large: 2.9 MB, and file_size_max allows 2.0 MB" },
    ]);
    expect([...fingerprints.keys()]).toEqual(["y.a"]);
  });

  test("says once how many files it does not read for their endings, pictures and the like aside", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    for (const folder of ["docs/sub", "docs/.git", "docs/node_modules", "more"])
      mkdirSync(join(path, folder), { recursive: true });
    const others = [
      "docs/a.PRG",
      "docs/sub/b.prg",
      "docs/sub/c.utl",
      "docs/Makefile",
      "docs/sub/LICENSE",
      "docs/d.prg",
    ];
    const silent = [
      "docs/e.png",
      "docs/f.woff2",
      "docs/.git/g.prg",
      "docs/node_modules/h.prg",
      "docs/.i.prg",
      "more/j.prg",
    ];
    for (const name of [...others, ...silent, "docs/x.a", "more/y.a"]) writeFileSync(join(path, name), "text");
    const reasons = async (paths: readonly string[], entry: Partial<SourceEntry> = {}) =>
      (await readAll(parserOf(), sourceOf({ parser: "letters", dataDir: path, paths, ...entry }))).notes;
    const note = (reason: string) => [
      {
        kind: "skipped",
        path: "",
        reason: `${reason}; extensions in the source's entry says which endings are read${reason.includes("no ending") ? ", and paths names files that have none" : ""}`,
      },
    ];
    const six = "6 files are no documents because of their endings: .prg 3, no ending 2, .utl 1";
    expect(await reasons(["docs"])).toMatchObject(note(six));
    // A pattern says what it wants, and so does a list of endings; a folder that comes twice counts once.
    expect(await reasons(["docs", "docs/sub", "more/*.a"])).toMatchObject(note(six));
    expect(await reasons(["docs/**/*.a", "docs/x.a"])).toEqual([]);
    // Of those that it matches, some are left out for their endings.
    const five = "5 files are no documents because of their endings: .prg 2, no ending 2, .utl 1";
    expect(await reasons(["docs/**/[^a]*"])).toMatchObject(note(five));
    expect(await reasons(["docs"], { extensions: [".a"] })).toEqual([]);
    // What is named is read, whatever else holds it.
    const two = "2 files are no documents because of their endings: .utl 1, no ending 1";
    expect(await reasons(["docs", "docs/LICENSE", "docs/**/*.prg", "docs/a.PRG", "docs/Makefile"])).toMatchObject(
      note(two),
    );
    expect(await reasons(["more"])).toMatchObject(note("1 file is no document because of its ending: .prg 1"));
  });

  test("names what vanished and what leads nowhere, and why", async () => {
    using directory = temporaryDirectory();
    symlinkSync("nowhere", join(directory.path, "b.a"));
    writeFileSync(join(directory.path, "c.a"), "text");
    const source = sourceOf({ parser: "letters", dataDir: directory.path });
    const inputs = await Array.fromAsync(parserOf().inputs(source, parseContext()));
    rmSync(join(directory.path, "c.a"));
    const reasons = inputs.map(async (input) =>
      input.kind === "input"
        ? input.load().then(
            () => "",
            (error: Error) => error.message,
          )
        : "",
    );
    expect(await Promise.all(reasons)).toEqual([
      "a link that leads nowhere: it does not exist (ENOENT)",
      "cannot be read: it does not exist (ENOENT)",
    ]);
  });

  test("names a loop of links as nothing worth a failure", async () => {
    using directory = temporaryDirectory();
    symlinkSync(".", join(directory.path, "loop"));
    const { notes } = await readAll(parserOf(), sourceOf({ parser: "letters", dataDir: directory.path }));
    expect(notes).toEqual([{ kind: "skipped", path: "loop", reason: "a link to a folder it lies in" }]);
  });
});

test("what shapes documents beside a file is asked with the bytes that were read, and before they are parsed", async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, "x.a");
  writeFileSync(path, "text");
  const parser = fileParser({
    version: 1,
    extensions: [".a"],
    otherInputs: () => async (file) => [`${file.path}: ${file.bytes.length} bytes`],
    parseFile: ({ bytes }, _, { others }) => ({
      documents: [],
      notes: [{ kind: "skipped", path: others?.join() ?? "", reason: new TextDecoder().decode(bytes) }],
    }),
  });
  const source = sourceOf({ parser: "letters", dataDir: directory.path });
  const [input] = await Array.fromAsync(parser.inputs(source, parseContext()));
  if (input?.kind !== "input") throw new Error("expected an input");
  const loaded = await input.load();
  rmSync(path);
  expect((await parseInput(parser, source, loaded)).notes).toMatchObject([{ path: "x.a: 4 bytes", reason: "text" }]);
});

describe("a fingerprint", () => {
  test("is the same wherever the corpus lies", async () => {
    using one = temporaryDirectory();
    using other = temporaryDirectory();
    for (const { path } of [one, other]) writeFileSync(join(path, "x.a"), "text");
    expect(await fingerprint(one.path)).toBe(await fingerprint(other.path));
  });

  test("is another one for other bytes, another parser, other settings and other surroundings", async () => {
    using directory = temporaryDirectory();
    const file = join(directory.path, "x.a");
    writeFileSync(file, "text");
    const all = [
      await fingerprint(directory.path),
      await fingerprint(directory.path, parserOf(2)),
      await fingerprint(directory.path, parserOf(1, "a label")),
      await fingerprint(directory.path, parserOf(), { name: "other" }),
      await fingerprint(directory.path, parserOf(), { generationTag: "dwc" }),
      await fingerprint(directory.path, parserOf(1, "", { displayBase: "https://a.b/" })),
      await fingerprint(directory.path, parserOf(1, "", { pdfPassword: "secret" })),
      await fingerprint(directory.path, parserOf(), { parser: "words" }),
      await fingerprint(directory.path, parserOf(), { paths: ["x.a"] }),
    ];
    writeFileSync(file, "texT");
    all.push(await fingerprint(directory.path));
    expect(new Set(all).size).toBe(all.length);
  });
});
