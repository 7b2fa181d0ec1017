import { describe, expect, test } from "bun:test";
import { existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { listFiles } from "../../src/parsers/file-listing.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

function write(root: string, ...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), "x");
  }
}

async function list(dataDir: string, paths: string[], extensions = [".md"], options = {}) {
  const { signal } = new AbortController();
  return Array.fromAsync(listFiles({ dataDir, paths }, { extensions, signal, ...options }));
}

/** Makes links, each of them with what it says. */
function link(root: string, links: Readonly<Record<string, string>>): void {
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }
}

/** Paths of files, and kinds and paths of what is no file. */
async function names(dataDir: string, paths: string[], extensions?: string[], options = {}): Promise<string[]> {
  return (await list(dataDir, paths, extensions, options)).map((item) =>
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

  test("accents may be written in two ways: a path has one of them, and is found as it is on disk", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const files = ["Über/z.md", "docs/é.md", "docs/ez.md", "docs/f.md", "docs/ö/a.md"];
    write(path, ...files.map((file) => file.normalize("NFD")));
    const listed = ["docs/ez.md", "docs/f.md", "docs/é.md", "docs/ö/a.md", "Über/z.md"].map((name) =>
      name.normalize("NFC"),
    );
    for (const form of ["NFC", "NFD"]) {
      const paths = ["docs", "Über", "docs/é.md", "docs/ö/*.md", "Ü*/**"].map((configured) =>
        configured.normalize(form),
      );
      expect(await names(path, paths)).toEqual(listed);
      expect(await names(path, [paths[2] ?? ""])).toEqual(["docs/é.md".normalize("NFC")]);
      expect(await names(path, [paths[3] ?? ""])).toEqual(["docs/ö/a.md".normalize("NFC")]);
      expect(await names(path, ["docs/?.md"])).toEqual(["docs/f.md", "docs/é.md".normalize("NFC")]);
      for (const item of await list(path, paths)) {
        expect(item.kind === "file" && existsSync(item.absolute) && item.path === item.path.normalize("NFC")).toBe(
          true,
        );
      }
    }
  });

  test("of two files whose names differ only in that, one has the path and the other is named", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, "é.md".normalize("NFC"), "é.md".normalize("NFD"), "ö/a.md".normalize("NFC"), "ö/a.md".normalize("NFD"));
    const items = await list(path, ["."]);
    expect(items).toMatchObject([
      { kind: "file", path: "é.md".normalize("NFC"), absolute: join(path, "é.md".normalize("NFC")) },
      { kind: "refused", path: "é.md".normalize("NFD"), as: "failed", reason: expect.stringMatching(/rename/) },
      { kind: "file", path: "ö/a.md".normalize("NFC"), absolute: join(path, "ö/a.md".normalize("NFC")) },
      { kind: "refused", path: "ö/a.md".normalize("NFD"), as: "failed" },
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

describe("links", () => {
  const follow = (root: string, paths: string[]) => names(root, paths, [".md"], { followLinks: true });

  test("a file's own path wins over one through a link, whichever comes first", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, "docs/sub/one.md", "docs/sub/two.md");
    link(path, { "docs/a-link": "sub", "docs/b.md": "sub/two.md", "docs/sub/a.md": "one.md", "docs/z": "a-link" });
    expect(await names(path, ["docs"])).toEqual(["docs/sub/one.md", "docs/sub/two.md"]);
    expect(await names(path, ["docs/a-link", "docs"])).toEqual(["docs/a-link/one.md", "docs/a-link/two.md"]);
    expect(await names(path, ["docs/**/*.md"])).toEqual(["docs/sub/one.md", "docs/sub/two.md"]);
  });

  test("a loop is named and renames nothing, however it comes about", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, "docs/a/one.md", "docs/b/two.md", "beside.md");
    link(path, {
      "docs/0-loop": "..",
      "docs/1-self": ".",
      "docs/a/0-up": "..",
      "docs/a/1-top": "../..",
      "docs/a/2-b": "../b",
      "docs/b/0-a": "../a",
    });
    const listed = [
      "refused: docs/0-loop",
      "refused: docs/1-self",
      "refused: docs/a/0-up",
      "refused: docs/a/1-top",
      "docs/a/one.md",
      "docs/b/two.md",
    ];
    expect(await names(path, ["docs"])).toEqual(listed);
    expect(await follow(path, ["docs"])).toEqual(listed);
    expect(await list(path, ["docs"])).toContainEqual({
      kind: "refused",
      path: "docs/0-loop",
      as: "skipped",
      reason: "a link to a folder it lies in",
    });
  });

  test("one that leaves the folders of the source is named, and followed where the source says so", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, "docs/a.md", "outside/sub/b.md", "outside/c.md", "outside/picture.png", "docs-2/d.md");
    link(path, {
      "docs/0-file.md": "../outside/c.md",
      "docs/1-folder": "../outside",
      "docs/2-again": join(path, "outside"),
      "docs/3-chain": "2-again/sub",
      "docs/4.png": "../outside/picture.png",
      "docs/5-neighbour": "../docs-2",
    });
    const refused = (name: string) => ({
      kind: "refused",
      path: `docs/${name}`,
      as: "skipped",
      reason: expect.stringMatching(/^a link out of the source's folder.*follow_links = true/),
    });
    expect(await list(path, ["docs"])).toMatchObject([
      ...["0-file.md", "1-folder", "2-again", "3-chain", "5-neighbour"].map(refused),
      { kind: "file", path: "docs/a.md" },
    ]);
    expect(await follow(path, ["docs"])).toEqual([
      "docs/a.md",
      "docs/0-file.md",
      "docs/1-folder/sub/b.md",
      "docs/5-neighbour/d.md",
    ]);
    expect(await names(path, ["docs/*.md"])).toEqual(["refused: docs/0-file.md", "docs/a.md"]);
  });

  test("one that stays within the folders of the source is followed where nothing else leads", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, "docs/.hidden/a.md", "docs/text.txt", "docs/deep/c.md", "shared/d.md", "extra/e.md");
    link(path, {
      "docs/a": ".hidden",
      "docs/b.md": "text.txt",
      "docs/c.md": "deep/c.md",
      "docs/d": "../shared",
      "docs/e.md": "../extra/e.md",
    });
    const both = ["docs/deep/c.md", "shared/d.md", "extra/e.md", "docs/a/a.md", "docs/b.md"];
    expect(await names(path, ["docs", "shared", "extra/e.md"])).toEqual(both);
    expect(await names(path, ["docs/*.md"])).toEqual(["refused: docs/e.md", "docs/b.md", "docs/c.md"]);
  });

  test("a link that is configured is followed, and named as it is configured", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, "v1/a.md", "v2/a.md", "v2/sub/b.md");
    link(path, { current: "v2", "docs/page.md": "../v1/a.md", "v2/self": ".", "v2/out": "../v1" });
    expect(await list(path, ["current"])).toMatchObject([
      { path: "current/a.md", root: "current" },
      { kind: "refused", path: "current/out" },
      { kind: "refused", path: "current/self" },
      { path: "current/sub/b.md", root: "current" },
    ]);
    expect(await names(path, ["docs/page.md"])).toEqual(["docs/page.md"]);
  });

  test("one that leads nowhere out of the source would not be followed, and fails nothing", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, "docs/a.md");
    link(path, { "docs/b": "../gone", "docs/c.md": "/gone/c.md", "docs/d": "b", "docs/e": "e", "docs/f.md": "g.md" });
    const dangling = (as: string, ...those: string[]) => those.map((name) => `${as}: docs/${name}`);
    const kinds = async (options: object) =>
      (await list(path, ["docs"], [".md"], options)).map((item) =>
        item.kind === "file" ? item.path : `${item.kind === "refused" ? item.as : item.kind}: ${item.path}`,
      );
    expect(await kinds({})).toEqual([
      "docs/a.md",
      ...dangling("skipped", "b", "c.md", "d"),
      ...dangling("unlisted", "e"),
      ...dangling("failed", "f.md"),
    ]);
    expect(await kinds({ followLinks: true })).toEqual([
      "docs/a.md",
      ...dangling("unlisted", "b"),
      ...dangling("failed", "c.md"),
      ...dangling("unlisted", "d", "e"),
      ...dangling("failed", "f.md"),
    ]);
  });

  test("one to what git-annex has not fetched says so", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    link(path, { "docs/a.md": "../.git/annex/objects/8X/1p/SHA256E-s3--ab.md/SHA256E-s3--ab.md" });
    expect(await list(path, ["."])).toMatchObject([
      {
        kind: "refused",
        path: "docs/a.md",
        as: "failed",
        reason: "a git-annex link without its file: run git annex get",
      },
    ]);
  });

  test("hard links are two files", async () => {
    using directory = temporaryDirectory();
    write(directory.path, "docs/a.md");
    linkSync(join(directory.path, "docs/a.md"), join(directory.path, "docs/b.md"));
    expect(await names(directory.path, ["docs"])).toEqual(["docs/a.md", "docs/b.md"]);
  });

  test("every path of a file is listed where others name it by one", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, "project/sub/a.md", "shared/b.md");
    link(path, { "project/z": "sub", "project/a.md": "sub/a.md", "project/shared": "../shared", "project/up": ".." });
    expect(await names(path, ["project"], [".md"], { everyPath: true, within: ["shared"] })).toEqual([
      "project/sub/a.md",
      "refused: project/up",
      "project/a.md",
      "project/shared/b.md",
      "project/z/a.md",
    ]);
  });

  test("links within links are gone through once, and not in every order there is", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    const folders = Array.from({ length: 14 }, (_, index) => `outside/${index}`);
    for (const folder of folders) {
      write(path, `${folder}/a.md`);
      link(path, Object.fromEntries(folders.map((_, to) => [`${folder}/to-${to}`, `../${to}`])));
    }
    link(path, { "docs/in": "../outside/0" });
    for (const paths of [["docs"], ["docs/**/*.md"]]) {
      const listed = await list(path, paths, [".md"], { followLinks: true });
      expect(listed.filter(({ kind }) => kind === "file")).toHaveLength(folders.length);
    }
  });

  test("what several paths refuse is named once", async () => {
    using directory = temporaryDirectory();
    const { path } = directory;
    write(path, "docs/sub/a.md");
    link(path, { "docs/sub/out": "/" });
    expect(await names(path, ["docs", "docs/sub", "docs/**/*.md"])).toEqual(["docs/sub/a.md", "refused: docs/sub/out"]);
  });
});
