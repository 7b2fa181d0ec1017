import { describe, expect } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Answer, article, html, index, Site, status, topic } from "../parsers/web/site.ts";
import { run, serverTest, start, testDatabase } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

const MANUAL = join(import.meta.dir, "../../examples/manual/getting-started.pdf");
const SOURCES = ["wordpress-advantage", "wordpress-kb", "web-crawl"]
  .map((parser) => `[[sources]]\nname = "${parser}"\nparser = "${parser}"\nrate_limit = 0\n`)
  .join("\n");

/** A page that its server knows again. */
function known(page: string | Uint8Array<ArrayBuffer>, type = "text/html"): Answer {
  const etag = `"${Bun.hash(page)}"`;
  return ({ headers }) =>
    headers.get("if-none-match") === etag
      ? new Response(null, { status: 304 })
      : html(page, { headers: { etag, "content-type": type } });
}

/** The three kinds of web sources on one local site, and runs over them. */
async function scene() {
  const directory = temporaryDirectory();
  const database = await testDatabase();
  const site = new Site({
    "/advantage-index/": index("/advantage/one/", "/advantage/manual.pdf"),
    "/advantage/one/": known(article("One")),
    "/advantage/manual.pdf": known(await Bun.file(MANUAL).bytes(), "application/pdf"),
    "/knowledge-base/": index("kb00001", "kb00002"),
    "/knowledge-base/kb00001": known(article("First")),
    "/knowledge-base/kb00002": known(article("Second")),
    "/help/index.htm": known(topic("Start", "a.htm", "b.htm")),
    "/help/a.htm": known(topic("A")),
    "/help/b.htm": known(topic("B")),
  });
  writeFileSync(join(directory.path, "sources.toml"), SOURCES);
  const env = {
    BBJ_RAG_ADVANTAGE_INDEX_URL: site.url("/advantage-index/"),
    BBJ_RAG_KB_INDEX_URL: site.url("/knowledge-base/"),
    BBJ_RAG_CRAWL_BASE_URL: site.url("/help/index.htm"),
    BBJ_RAG_EMBEDDING_DIMENSIONS: "64",
  };
  const flags = ["--embedder", "lexical", "--database-url", database.url];
  return {
    directory,
    database,
    site,
    env,
    run: (...args: readonly string[]) => run([...flags, ...args], { cwd: directory.path, env }),
    start: (...args: readonly string[]) => start([...flags, ...args], { cwd: directory.path, env }),
    /** Paths of the stored documents. */
    stored: async () => {
      const rows = await database.sql<{ url: string }[]>`select distinct source_url as url from chunks order by 1`;
      return [...new Set(rows.map(({ url }) => new URL(url).pathname))];
    },
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

const ALL = [
  ...["/advantage/manual.pdf", "/advantage/one/", "/help/a.htm", "/help/b.htm", "/help/index.htm"],
  ...["/knowledge-base/kb00001", "/knowledge-base/kb00002"],
];

describe("the executable on web sources", () => {
  serverTest("stores articles, PDFs and topics, and changes nothing when it is run again", async () => {
    await using world = await scene();
    const first = await world.run();
    expect(first.stderr).not.toContain("warning");
    expect(first.exitCode).toBe(0);
    expect(await world.stored()).toEqual(ALL);
    const types = await world.database.sql`select distinct source_type from chunks order by 1`;
    expect(types.map(({ source_type }: { source_type: string }) => source_type)).toEqual([
      ...["BASIS Advantage Blog", "BASIS BBj Documentation", "BASIS Knowledge Base"],
    ]);

    const rows = await world.database.rows();
    world.site.forget();
    const second = await world.run();
    expect(second.exitCode).toBe(0);
    expect(second.stdout).toStartWith("3 sources unchanged: ");
    expect(await world.database.rows()).toEqual(rows);
    const unconditional = world.site.asked.filter(({ headers }) => !headers.has("if-none-match"));
    expect(unconditional.map(({ path }) => path).toSorted()).toEqual(
      [
        "/advantage-index/",
        "/help/Data/HelpSystem.xml",
        "/help/Data/Alias.xml",
        "/help/Sitemap.xml",
        "/knowledge-base/",
        "/robots.txt",
        "/robots.txt",
        "/robots.txt",
      ].toSorted(),
    );
  });

  serverTest("a page that is gone takes its rows along and is no failure; one that is locked keeps them", async () => {
    await using world = await scene();
    expect((await world.run()).exitCode).toBe(0);
    world.site.pages["/knowledge-base/kb00001"] = status(410);
    const gone = await world.run("--source", "wordpress-kb");
    expect(gone.exitCode).toBe(0);
    expect(gone.stderr).toContain(`${world.site.url("/knowledge-base/kb00001")}: gone: the server answered 410`);
    expect(await world.stored()).toEqual(ALL.filter((path) => path !== "/knowledge-base/kb00001"));

    world.site.pages["/advantage/one/"] = status(403);
    const locked = await world.run("--source", "wordpress-advantage");
    expect(locked.exitCode).toBe(1);
    expect(locked.stderr).toContain(`${world.site.url("/advantage/one/")}: not open to everybody: 403`);
    expect(await world.stored()).toContain("/advantage/one/");
  });

  serverTest(
    "an index page that fails removes nothing, and neither does a page of a crawl whose links are unknown",
    async () => {
      await using world = await scene();
      expect((await world.run()).exitCode).toBe(0);
      world.site.pages["/knowledge-base/"] = status(403);
      world.site.pages["/help/index.htm"] = topic("Start", "a.htm");
      world.site.pages["/help/a.htm"] = status(403);
      const { exitCode, stderr } = await world.run();
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`${world.site.url("/knowledge-base/")}: not open to everybody: 403`);
      expect(await world.stored()).toEqual(ALL);
    },
  );

  serverTest("Ctrl-C ends the wait for a page that does not come, and the next run reads all of them", async () => {
    await using world = await scene();
    world.site.pages["/help/a.htm"] = () => new Promise<Response>(() => {});
    const child = world.start("--source", "web-crawl");
    await until(() => world.site.paths.includes("/help/a.htm"));
    child.kill("SIGINT");
    expect(await child.exited).toBe(130);
    world.site.pages["/help/a.htm"] = topic("A");
    expect((await world.run()).exitCode).toBe(0);
    expect(await world.stored()).toEqual(ALL);
  });

  serverTest("parse shows what would come of a site, and leaves no file behind", async () => {
    await using world = await scene();
    const cwd = world.directory.path;
    const { exitCode, stdout } = await run(["parse", "--source", "wordpress-kb"], { cwd, env: world.env });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("All about First.");
    expect(existsSync(join(cwd, ".ingestion-pages.sqlite"))).toBe(false);
  });

  serverTest("a dry run asks the site and leaves no file behind", async () => {
    await using world = await scene();
    const { exitCode, stdout } = await world.run("--dry-run");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("web-crawl");
    expect(world.site.paths).toContain("/help/b.htm");
    expect(existsSync(join(world.directory.path, ".ingestion-pages.sqlite"))).toBe(false);
  });
});
