import { describe, expect } from "bun:test";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandsIn, contentsScene, LEXICAL } from "../support/contents-scene.ts";
import { serverTest, testDatabase } from "../support/executable.ts";

describe("status", () => {
  serverTest("names what is wrong with sources.toml, and shows the corpus all the same", async () => {
    await using database = await testDatabase();
    using scene = contentsScene(database.url, { docs: ["one"], other: ["one"] });
    await scene.ingest();
    const path = join(scene.path, "sources.toml");
    const good = readFileSync(path, "utf8");
    const bad: readonly (readonly [string, readonly string[]])[] = [
      [good.replace('["docs"]', '["nowhere"]'), ['sources.toml:1: source "docs": path "nowhere" does not exist']],
      [
        good.replace('"mdx"', '"mdxx"').replace('name = "other"', 'name = "docs"'),
        ['sources.toml:1: source "docs": unknown parser "mdxx"', 'sources.toml:7: source "docs": the name is taken by'],
      ],
      ["[[sources]", ["sources.toml:1:", "not valid TOML"]],
      ["", ["sources.toml has no [[sources]] entry"]],
    ];
    for (const [text, problems] of bad) {
      writeFileSync(path, text);
      const { exitCode, stdout } = await scene.call("status");
      expect([text, exitCode, stdout]).toEqual([text, 0, expect.stringMatching(/^docs +\d+ \w+ ago/m)]);
      expect(stdout.match(/^docs /gm)).toHaveLength(1);
      for (const problem of problems) expect(stdout).toContain(problem);
      expect(stdout).not.toContain("no sources file");
      const [command = ""] = commandsIn(stdout);
      expect(await scene.paste(command)).toMatchObject({ exitCode: 1 });
      expect(command).toContain(" doctor ");
    }
    // Where a run finds its files, status does, too.
    writeFileSync(path, good.replace('["docs"]', '["one.md"]'));
    expect((await scene.call("status", "--data-dir", join(scene.path, "docs"))).stdout).not.toContain('"docs": path');
    expect((await scene.call("status", "--config", "none.toml")).exitCode).toBe(2);
  });

  serverTest("folds what many sources share into a line and a command", async () => {
    await using database = await testDatabase();
    const names = Array.from({ length: 31 }, (_, index) => `s${index}`);
    using scene = contentsScene(database.url, Object.fromEntries(names.map((name) => [name, ["one"]])));
    await scene.ingest();
    const notesOf = async () => ((await scene.call("status")).stdout.split("\n\n").at(-1) ?? "").trimEnd().split("\n");
    for (const name of names) renameSync(join(scene.path, name, "one.md"), join(scene.path, name, "one.txt"));
    expect((await scene.call(...LEXICAL)).exitCode).toBe(1);
    const failed = await notesOf();
    expect(failed).toEqual([
      "31 sources (s0, s1, s2, s3, s4 and 26 more): it yields no documents; the 1 that are stored stay; to run them again:",
      expect.stringMatching(/^  \S+ --database-url \S+$/),
    ]);
    for (const name of names) renameSync(join(scene.path, name, "one.txt"), join(scene.path, name, "one.md"));
    expect(await scene.paste(failed[1] ?? "", LEXICAL.join(" "))).toMatchObject({ exitCode: 0 });
    expect(await notesOf()).toHaveLength(31 + 2);
    scene.list(["s30"]);
    const left = await notesOf();
    expect(left).toEqual([
      "30 sources are not listed any more (s0, s1, s10, s11, s12 and 25 more): their 30 documents stay in what search finds; to remove:",
      expect.stringContaining(" remove s0 s1 s10 "),
    ]);
    expect(await scene.paste(left[1] ?? "", "--yes")).toMatchObject({ exitCode: 0 });
    // Each for a reason of its own.
    scene.list(names);
    for (const name of names.slice(0, 8))
      await database.sql`
      insert into ingest_runs select ${name}, part, run, started_at, ended_at, 1, mode, version, 1, 'FAILED', ${`fault of ${name}`}, counts
      from ingest_runs where source_name = 's30'`;
    const many = await notesOf();
    expect(many.filter((line) => line.includes(": fault of "))).toHaveLength(5);
    expect(many.slice(-3)).toEqual([
      "3 sources (s5, s6, s7): for other reasons, which --json names",
      "to run them again:",
      expect.stringContaining(" --source s0 --source s1 "),
    ]);
  });

  serverTest(
    "and doctor offer to remove nothing where the file lists none of the sources that are stored",
    async () => {
      await using database = await testDatabase();
      using scene = contentsScene(database.url, { docs: ["one"], other: ["one"] });
      await scene.ingest();
      mkdirSync(join(scene.path, "elsewhere"));
      scene.list(["elsewhere"]);
      for (const command of ["status", "doctor"]) {
        const { stdout } = await scene.call(command);
        expect(stdout.replace(/\s+/g, " ")).toContain("sources.toml lists none of the sources that are stored");
        expect(stdout).not.toContain(" remove ");
      }
      scene.list(["docs", "elsewhere"]);
      expect((await scene.call("status")).stdout).toContain(" remove other ");
    },
  );
});
