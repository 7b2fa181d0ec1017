import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "bun:test";
import { run, serverTest, testDatabase } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const PAGES = {
  "invoices.md":
    "# Overdue invoices\n\nWho has not paid by the due date gets a letter, and after that one a fee of five percent.",
  "windows.md": "# Windows\n\nA window that has no border cannot be made larger with the mouse.",
  "backups.md": "# Backups\n\nEach night all files are copied to another machine, where they stay for a month.",
};

serverTest("the builtin model ingests in an empty directory, and finds what is meant in other words", async () => {
  using directory = temporaryDirectory();
  await using database = await testDatabase();
  writePages(directory.path);
  const long = Array.from({ length: 120 }, (_, index) => `Row ${index} names a colour of paint.`);
  writeFileSync(join(directory.path, "docs", "paint.md"), `# Paint\n\n${long.join(" ")}\n`);
  for (const name of ["a", "b", "c"])
    writeFileSync(join(directory.path, "docs", `${name}.md`), `# Page ${name}\n\nEmpty.\n`);
  const options = { cwd: directory.path, env: { BBJ_RAG_CHUNK_SIZE: "2000" } };
  const where = ["--embedder", "builtin", "--database-url", database.url];
  const first = await run([...where, "-v"], options);
  expect(first.exitCode).toBe(0);
  expect(first.stderr).toContain("builtin all-MiniLM-L6-v2-int8 (384 dimensions)");
  // Small ones, so that a run that is stopped need not wait for many texts.
  const sent = [...first.stderr.matchAll(/batch \d+, (\d+) chunks?, attempt 1: sent/g)].map(([, count]) =>
    Number(count),
  );
  expect(Math.max(...sent)).toBe(2);
  // What has more tokens than the model takes is there in parts, to its last word.
  const parts = await database.sql`select content from chunks where metadata ? 'part_of' order by chunk_index`;
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.at(-1)).toMatchObject({ content: expect.stringContaining("Row 119 names a colour of paint.") });
  const again = await run([...where, "--json"], options);
  expect(lines(again.stdout).at(-1)).toMatchObject({ type: "summary", exit_code: 0, embedded: 0 });
  // The words of the question are in none of the pages.
  for (const [question, page] of [
    ["penalty for customers who settle their bills late", "docs://invoices.md"],
    ["what if a disk breaks and documents got lost", "docs://backups.md"],
  ] as const) {
    const found = await run(["search", question, "--json", "--database-url", database.url], options);
    expect(found.exitCode).toBe(0);
    expect(lines(found.stdout)[0]).toMatchObject({ type: "hit", source_url: page });
  }
});

describe("a corpus that the builtin embedder of a former version made of hashed words", () => {
  serverTest("is not mixed with the model's vectors, and goes on with what made it", async () => {
    using directory = temporaryDirectory();
    await using database = await testDatabase();
    writePages(directory.path);
    const where = ["--database-url", database.url];
    expect(await run([...where, "--embedder", "lexical"], { cwd: directory.path })).toMatchObject({ exitCode: 0 });
    await database.sql`update ingest_meta set value = replace(value::text, '"lexical"', '"builtin"')::jsonb`;
    const before = await database.rows();
    writePages(directory.path, "More words.");
    const refused = await run([...where, "--embedder", "builtin", "--json"], { cwd: directory.path });
    expect(refused.exitCode).toBe(2);
    expect(lines(refused.stdout).at(-1)).toMatchObject({ type: "error", code: "model_mismatch" });
    expect(refused.stderr).toContain("was made with lexical feature-hashing-v1 (1024 dimensions)");
    const commands = refused.stderr.split("\n").filter((line) => line.includes("bbj-ingest-all "));
    expect(commands.map((line) => / (--clean )?--embedder \w+/.exec(line)?.[0])).toEqual([
      " --clean --embedder builtin",
      " --embedder lexical",
    ]);
    expect(await database.rows()).toEqual(before);
    const found = await run(["search", "letter", "--json", ...where], { cwd: directory.path });
    expect(lines(found.stdout)[0]).toMatchObject({ source_url: "docs://invoices.md" });
    writePages(directory.path);
    const same = await run([...where, "--embedder", "lexical", "--json"], { cwd: directory.path });
    expect(lines(same.stdout).at(-1)).toMatchObject({ type: "summary", exit_code: 0, embedded: 0, reused: 3 });
  });
});

serverTest("a corpus of a model that a later version has within it is neither searched nor gone on with", async () => {
  using directory = temporaryDirectory();
  await using database = await testDatabase();
  writePages(directory.path);
  const where = ["--database-url", database.url];
  await run([...where, "--embedder", "lexical", "--dimensions", "384"], { cwd: directory.path });
  const identity = JSON.stringify({ provider: "builtin", model: "another", dimensions: 384 });
  await database.sql`update ingest_meta set value = ${identity} where key = 'identity'`;
  const found = await run(["search", "letter", ...where], { cwd: directory.path });
  expect(found.exitCode).toBe(2);
  expect(found.stderr).toContain("was made with builtin another, which this version does not know");
  const refused = await run([...where, "--embedder", "builtin"], { cwd: directory.path });
  expect(refused.exitCode).toBe(2);
  expect(refused.stderr).toContain("was made with builtin another (384 dimensions)");
  expect(refused.stderr).not.toContain("--model another");
});

function writePages(path: string, more = ""): void {
  mkdirSync(join(path, "docs"), { recursive: true });
  writeFileSync(join(path, "sources.toml"), '[[sources]]\nname = "docs"\nparser = "mdx"\npaths = ["docs"]\n');
  for (const [name, text] of Object.entries(PAGES)) writeFileSync(join(path, "docs", name), `${text} ${more}\n`);
}

function lines(stdout: string): unknown[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}
