import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listFiles } from "../../src/parsers/file-listing.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

function write(root: string, ...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), "x");
  }
}

async function list(dataDir: string, paths: string[], extensions = [".md"]) {
  const { signal } = new AbortController();
  return Array.fromAsync(listFiles({ dataDir, paths }, { extensions, signal }));
}

/** Paths of files, and kinds and paths of what is no file. */
async function names(dataDir: string, paths: string[], extensions?: string[]): Promise<string[]> {
  return (await list(dataDir, paths, extensions)).map((item) =>
    item.kind === "file" ? item.path : `${item.kind}: ${item.path}`,
  );
}

describe("file listing", () => {
  test("a directory gives its files of the right kind, in the order of the code units of their paths", async () => {
    using directory = temporaryDirectory();
    write(
      directory.path,
      "docs/b.md",
      "docs/a/z.MD",
      "docs/a.md",
      "docs/a-1.md",
      "docs/B.md",
      "docs/x.png",
      "docs/ä.md",
    );
    expect(await names(directory.path, ["docs"])).toEqual([
      "docs/B.md",
      "docs/a-1.md",
      "docs/a.md",
      "docs/a/z.MD",
      "docs/b.md",
      "docs/ä.md",
    ]);
  });

  test("names with a dot in front and node_modules are passed over", async () => {
    using directory = temporaryDirectory();
    write(directory.path, ".git/a.md", "node_modules/b.md", ".hidden.md", "c.md");
    expect(await names(directory.path, ["."])).toEqual(["c.md"]);
  });

  test("a file that is configured by name is read whatever its extension", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "readme", "docs/a.md");
    expect(await list(directory.path, ["readme"])).toMatchObject([{ path: "readme", root: "." }]);
    expect(await list(directory.path, ["docs/a.md"], [".txt"])).toMatchObject([{ path: "docs/a.md", root: "docs" }]);
  });

  test("a file that several paths lead to comes once, from the first of them", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "docs/sub/a.md", "docs/b.md");
    const listed = await list(directory.path, ["./docs/sub/", "docs", "docs/**/*.md", "docs/b.md"]);
    expect(listed).toMatchObject([
      { path: "docs/sub/a.md", root: "docs/sub" },
      { path: "docs/b.md", root: "docs" },
    ]);
  });

  test("a glob gives what it matches, files and whole directories", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "m/a.pdf", "m/b.md", "m/deep/c.pdf", "n/docs/d.md", "o/docs/x/e.md", "o/other/f.md");
    expect(await names(directory.path, ["m/*.pdf"], [".pdf"])).toEqual(["m/a.pdf"]);
    expect(await names(directory.path, ["m/**/*.pdf"], [".pdf"])).toEqual(["m/a.pdf", "m/deep/c.pdf"]);
    expect(await names(directory.path, ["*/docs"])).toEqual(["n/docs/d.md", "o/docs/x/e.md"]);
    expect(await names(directory.path, ["{n/docs,o/docs/x}/*.md"])).toEqual(["n/docs/d.md", "o/docs/x/e.md"]);
    expect(await names(directory.path, ["nothing*.md"])).toEqual([]);
  });

  test("a glob that spells out the extension needs no other leave, one that does not keeps to the parser's", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "p/a.prg", "p/b.md");
    expect(await names(directory.path, ["p/*.prg"])).toEqual(["p/a.prg"]);
    expect(await names(directory.path, ["p/*"])).toEqual(["p/b.md"]);
  });

  test("a path that exists is no glob, brackets or not", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "a[1].md", "a1.md");
    expect(await names(directory.path, ["a[1].md"])).toEqual(["a[1].md"]);
  });

  test("a folder that is gone is unlisted, and the others are listed", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "docs/a.md");
    expect(await names(directory.path, ["gone", "gone/*.md", "docs"])).toEqual([
      "unlisted: gone",
      "unlisted: gone",
      "docs/a.md",
    ]);
  });

  test("links are followed once, and loops are named", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "docs/a/one.md", "elsewhere/two.md");
    symlinkSync("../elsewhere", join(directory.path, "docs/linked"));
    symlinkSync("..", join(directory.path, "docs/a/up"));
    symlinkSync("one.md", join(directory.path, "docs/a/same.md"));
    symlinkSync("a", join(directory.path, "docs/z"));
    expect(await names(directory.path, ["docs"])).toEqual([
      "docs/a/one.md",
      "refused: docs/a/up",
      "docs/linked/two.md",
    ]);
  });

  test("a link that leads nowhere is a failed file, or a directory that may have held documents", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "docs/b.md");
    symlinkSync("nowhere.md", join(directory.path, "docs/a.md"));
    symlinkSync("nowhere", join(directory.path, "docs/c"));
    expect(await list(directory.path, ["docs"])).toMatchObject([
      { kind: "refused", path: "docs/a.md", as: "failed" },
      { kind: "file", path: "docs/b.md" },
      { kind: "unlisted", path: "docs/c" },
    ]);
  });

  test.if(process.platform === "linux")("odd names are listed, and one that is not UTF-8 is refused", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "a b.md", "new\nline.md", "ok.md");
    writeFileSync(Buffer.concat([Buffer.from(`${directory.path}/z`), Buffer.from([0xff]), Buffer.from(".md")]), "x");
    expect(await names(directory.path, ["."])).toEqual(["a b.md", "new\nline.md", "ok.md", "refused: z\ufffd.md"]);
  });

  test.if(process.platform !== "win32")("a named pipe is refused, not waited for", async () => {
    using directory = temporaryDirectory();
    Bun.spawnSync(["mkfifo", join(directory.path, "pipe.md")]);
    expect(await list(directory.path, ["."])).toMatchObject([{ kind: "refused", reason: "not a regular file" }]);
  });

  test("an aborted signal ends the listing with its reason", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "a.md");
    const reason = new Error("Ctrl-C");
    const source = { dataDir: directory.path, paths: ["."] };
    const listing = Array.fromAsync(listFiles(source, { extensions: [".md"], signal: AbortSignal.abort(reason) }));
    expect(await listing.catch((error: unknown) => error)).toBe(reason);
  });
});
