import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { chmodSync, lchownSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PageCache } from "../../../src/parsers/web/page-cache.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const PAGE = { contentType: "text/html", validators: { etag: "1", lastModified: "" }, bytes: Buffer.from("a page") };
const URL = "https://a.example/";

async function putPage(path: string): Promise<{ problem: string; found: boolean }> {
  using cache = await PageCache.open({ path, writable: true, source: "site" });
  cache.put(URL, PAGE);
  cache.prune();
  return { problem: cache.problem, found: cache.get(URL) !== undefined };
}

test("another program's database is not written to, and named", async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, "pages.sqlite");
  using mine = new Database(path);
  mine.run("create table tracks (title text)");
  const before = readFileSync(path);
  expect(await putPage(path)).toEqual({ problem: "it is another program's database", found: false });
  expect(readFileSync(path)).toEqual(before);
});

test("a pipe or a directory in its place is named, and nobody waits for it", async () => {
  using directory = temporaryDirectory();
  const [pipe, folder] = ["pipe", "folder"].map((name) => join(directory.path, name));
  Bun.spawnSync(["mkfifo", pipe ?? ""]);
  mkdirSync(folder ?? "");
  for (const path of [pipe, folder]) {
    for (const writable of [true, false]) {
      using cache = await PageCache.open({ path: path ?? "", writable, source: "site" });
      expect(cache.problem).toBe("it is no regular file");
    }
  }
});

const rootTest = process.getuid?.() === 0 ? test : test.skip;

rootTest("a link of one's own is followed, one that a stranger has put there is not", async () => {
  using directory = temporaryDirectory();
  chmodSync(directory.path, 0o1777);
  const path = join(directory.path, "pages.sqlite");
  symlinkSync("elsewhere", path);
  expect(await putPage(path)).toEqual({ problem: "", found: true });
  const planted = join(directory.path, "planted.sqlite");
  symlinkSync("victim", planted);
  lchownSync(planted, 60_002, 60_002);
  expect((await putPage(planted)).problem).toContain("belongs to another user");
  expect(readdirSync(directory.path).sort()).toEqual(["elsewhere", "pages.sqlite", "planted.sqlite"]);
});
