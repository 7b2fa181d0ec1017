import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { MadeWith, ResumeRecord } from "../../src/ingest/resume-file.ts";
import { resumeFileOf, withoutSplitOtherwise } from "../../src/ingest/resume-files.ts";
import type { Part } from "../../src/parsers/part.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const MADE_WITH = { database: "id/1", database_name: "a database", model: "a model", sources_file: "/sources.toml" };

type RunOptions = { readonly sources?: readonly string[]; readonly made?: Partial<MadeWith> };

/** What a run of that part puts on record, as `I/N`; "" for a run of all. */
function recordOf(
  directory: string,
  run: string,
  { sources = ["docs", "manual"], made }: RunOptions = {},
): ResumeRecord {
  const [index, count] = run.split("/").map(Number);
  const part: Part | undefined = index === undefined || count === undefined ? undefined : { index, count };
  const madeWith = async () => ({ ...MADE_WITH, ...made });
  const record = resumeFileOf(directory, part).record({ madeWith, definitions: {}, sources, completed: [] });
  return withoutSplitOtherwise(record, { directory, part, madeWith });
}

describe("resume files of runs that were split otherwise", () => {
  /** What is left of the files of `before`, once a run has completed both sources. */
  const leftOf = async (before: (directory: string) => Promise<unknown>, run: string) => {
    using directory = temporaryDirectory();
    await before(directory.path);
    const record = recordOf(directory.path, run);
    await record.begin();
    await record.completed("docs");
    await record.completed("manual");
    const own = resumeFileOf(directory.path, undefined).path;
    const names = readdirSync(directory.path).filter((name) => join(directory.path, name) !== own);
    return names.toSorted();
  };
  const interrupted =
    (run: string, options: RunOptions = {}) =>
    (directory: string) =>
      recordOf(directory, run, options).begin();

  test.each(["", "1/2", "2/2", "1/5"])("go when run %p has completed all that they are about", async (run) => {
    const left = await leftOf(async (directory) => {
      await interrupted("3/4")(directory);
      await interrupted("4/4", { sources: ["docs"] })(directory);
      await recordOf(directory, "2/3").failed("manual", "a page could not be read");
    }, run);
    expect(left.filter((name) => !name.includes(`-${run.replace("/", "-of-")}`))).toEqual([]);
  });

  test("stay until the last of their sources is completed", async () => {
    using directory = temporaryDirectory();
    await interrupted("3/4")(directory.path);
    const record = recordOf(directory.path, "1/2");
    await record.completed("docs");
    await record.failed("manual", "a page could not be read");
    expect(readdirSync(directory.path)).toContain(".ingestion-state-3-of-4.json");
  });

  test.each([
    ["another source", interrupted("3/4", { sources: ["docs", "manual", "other"] })],
    [
      "a source that an earlier run completed",
      async (directory: string) => {
        await recordOf(directory, "3/4", { sources: ["docs"] }).completed("other");
      },
    ],
    ["another database", interrupted("3/4", { made: { database: "id/2" } })],
    ["another sources file", interrupted("3/4", { made: { sources_file: "/others.toml" } })],
    [
      "nobody knows what",
      (directory: string) => Bun.write(join(directory, ".ingestion-state-3-of-4.json"), '{"completed_sources": []}'),
    ],
    ["nothing of ours", (directory: string) => Bun.write(join(directory, ".ingestion-state-3-of-4.json"), "{}")],
  ])("stay when they are about %s", async (_, before) => {
    expect(await leftOf(before, "1/2")).toEqual([".ingestion-state-1-of-2.json", ".ingestion-state-3-of-4.json"]);
  });

  test("stay when they are of the same number, for those runs may be under way", async () => {
    expect(await leftOf(interrupted("2/2"), "1/2")).toEqual([
      ".ingestion-state-1-of-2.json",
      ".ingestion-state-2-of-2.json",
    ]);
  });
});
