import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openEmbedded } from "../../src/store/driver/embedded.ts";
import { embeddedChoice, makeEmbedded } from "../support/databases.ts";
import { type Outcome, run, serverTest, testDatabase } from "../support/executable.ts";
import { textPdf } from "../support/hostile-pdf.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { queryLines } from "../support/lines.ts";

/** What a terminal would obey: a new title, a cleared screen, a colour in 8 bits, text that runs backwards. */
const ESCAPES = "\u001b]0;owned\u0007\u001b[2J\u009b31m\u0090q\u009c\u202etxt.\u2066exe\u200f";
const SQL = `'; drop table chunks; --`;
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const EMBEDDER = ["--embedder", "lexical", "--dimensions", "32"];
/** Several runs on a busy machine. */
const RUNS_MS_MAX = 200_000;

function writeSources(directory: string): void {
  const docs = join(directory, "docs");
  const write = (name: string, text: string | Uint8Array) => {
    mkdirSync(join(docs, name, ".."), { recursive: true });
    writeFileSync(join(docs, name), text);
  };
  write("title.md", `---\ntitle: "Title ${SQL}"\n---\n\n# Heading ${ESCAPES}\n\nFinds the channel ${ESCAPES} ${SQL}\n`);
  write("heading.md", `# Escapes ${ESCAPES} ${SQL}\n\nAlso about the channel.\n`);
  write(`name ${ESCAPES.replaceAll("\u0000", "")} ${SQL}.md`, "# Name\n\nA file about the channel.\n");
  write(`folder\u001b[2J/draft\u009b2J.md`, "---\ndraft: true\n---\n\nNever read.\n");
  write(`broken\u001b[2J\n.md`, "---\ntitle: [\n---\n\nThe channel again.\n");
  write(`broken\u001b[2J.pdf`, "no PDF");
  write("healthy.pdf", textPdf("The channel of a manual."));
  const source = (parser: string) =>
    `[[sources]]\nname = "${parser} \\u202e ${SQL}"\nparser = "${parser}"\npaths = ["docs"]\ngeneration_tag = "dwc"\n`;
  writeFileSync(join(directory, "sources.toml"), `${source("mdx")}\n${source("pdf")}`);
  writeFileSync(join(directory, "evil.toml"), source("mdx").replaceAll("\\u202e", "\\u001b[2J\\u009b31m"));
}

function obeyed({ stdout, stderr }: Outcome): string[] {
  return `${stdout}\n${stderr}`.split("\n").filter((line) => OBEYED.test(line));
}

describe("escape sequences and SQL in names, titles and texts", () => {
  const directory = temporaryDirectory();
  const outcomes = new Map<string, Outcome>();
  let contents: string;

  beforeAll(async () => {
    writeSources(directory.path);
    await makeEmbedded(join(directory.path, "database"));
    const attempts: readonly (readonly string[])[] = [
      ["--dry-run"],
      ["-v"],
      ["--clean", "-q"],
      ["--json", "--sequential"],
      ["search", "channel", "-v"],
      ["search", "channel", "--json"],
      ["--source", "no \u001b[2J\u009b31m such"],
      ["--config", "evil.toml"],
      ["--config", "no\u001b[2J\u009b31m.toml"],
      ["--database-url", "pglite:no\u001b[2J\u009b31m", "--dry-run"],
      ["\u001b[2J\u009b31m"],
      ["--\u001b[2J\u009b31m"],
    ];
    for (const args of attempts) {
      const database = args.includes("--database-url") ? [] : ["--database-url", "pglite:database"];
      const embedder = args[0] === "search" ? [] : EMBEDDER;
      const outcome = await run([...args, ...database, ...embedder], { cwd: directory.path });
      outcomes.set(args.map((word) => word.replaceAll(/[^\w -]+/g, "")).join(" "), outcome);
    }
    const database = await openEmbedded(embeddedChoice(join(directory.path, "database")));
    contents = (await queryLines(database, "select content as line from chunks order by content")).join("\n");
    await database.close();
  }, RUNS_MS_MAX);
  afterAll(() => directory[Symbol.dispose]());

  test("never reach a terminal", () => {
    expect([...outcomes].filter(([, outcome]) => obeyed(outcome).length > 0).map(([args]) => args)).toEqual([]);
    expect(outcomes.get("-v")?.stderr).toContain("\\u001b[2J");
    expect(outcomes.get("search channel -v")?.stdout).toContain("\\u001b[2J");
  });

  test("leave --json a JSON object a line, with nothing lost of them", () => {
    for (const [args, { stdout }] of outcomes) {
      if (!args.includes("json")) continue;
      const values = stdout
        .trimEnd()
        .split("\n")
        .map((line): object => JSON.parse(line));
      expect(values.length).toBeGreaterThan(3);
      expect(values.every((value) => "type" in value)).toBe(true);
    }
    const paths = (outcomes.get("--json --sequential")?.stdout ?? "")
      .trimEnd()
      .split("\n")
      .map((line): { path?: string } => JSON.parse(line))
      .map(({ path }) => path);
    expect(paths).toContain("docs/broken\u001b[2J.pdf");
  });

  test("are stored as they are, and run as nothing", () => {
    expect(contents).toContain(`Finds the channel ${ESCAPES} ${SQL}`);
    expect(contents).toContain("The channel of a manual.");
  });
});

serverTest("SQL in names, titles and texts runs as nothing on a server", async () => {
  using directory = temporaryDirectory();
  await using database = await testDatabase();
  writeSources(directory.path);
  const args = ["--database-url", database.url, ...EMBEDDER];
  await run(args, { cwd: directory.path });
  const before = await database.rows();
  expect(before.join("\n")).toContain("drop table chunks");
  for (const flag of ["--source", "--generation"]) {
    const { exitCode, stdout, stderr } = await run(["search", SQL, flag, SQL, ...args], { cwd: directory.path });
    expect([flag, exitCode, stdout]).toEqual([flag, 2, ""]);
    expect(stderr).toContain(`unknown ${flag.slice(2)}`);
  }
  expect((await run(["search", SQL, ...args], { cwd: directory.path })).exitCode).toBe(0);
  expect(await database.rows()).toEqual(before);
});
