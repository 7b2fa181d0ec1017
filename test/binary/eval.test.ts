import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { corpusTarget } from "../support/corpus-target.ts";
import { embeddedLane } from "../support/databases.ts";
import { run } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const EXAMPLES = join(import.meta.dir, "../../examples");

const QUESTIONS = join(EXAMPLES, "questions.jsonl");

/** The examples in an embedded database of their own, and what calls the executable there. */
async function examples() {
  const directory = temporaryDirectory();
  const target = await corpusTarget(embeddedLane);
  const { path: cwd } = directory;
  const call = (...args: string[]) =>
    run(args, { cwd, env: { BBJ_RAG_DATABASE_URL: target.url, BBJ_RAG_EMBEDDING_PROVIDER: "lexical" } });
  return {
    call,
    ingest: (...more: string[]) => call("--config", join(EXAMPLES, "sources.toml"), ...more),
    path: (name: string) => join(cwd, name),
    async [Symbol.asyncDispose]() {
      await target[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

test("eval ends with 0, with 1 below a floor, with 2 when it cannot measure", async () => {
  await using corpus = await examples();
  const { call } = corpus;
  const none = { exitCode: 2, stderr: expect.stringContaining("there is no corpus") };
  expect(await call("eval", QUESTIONS)).toMatchObject(none);
  expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
  const figures = { exitCode: 0, stdout: expect.stringMatching(/^\(all\) +hybrid +8 /m) };
  expect(await call("eval", QUESTIONS)).toMatchObject(figures);
  expect(await call("eval", QUESTIONS, "--min", "hit@1=1")).toMatchObject({ exitCode: 1 });
  expect(await call("eval", "made.jsonl", "--generate", "3")).toMatchObject({ exitCode: 0 });
  expect((await Bun.file(corpus.path("made.jsonl")).text()).trim().split("\n")).toHaveLength(3);
});

test("a rebuild that is worse than the baseline is not swapped in: exit code 1", async () => {
  await using corpus = await examples();
  expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
  const update = ["--baseline", "baseline.json", "--update-baseline"];
  expect(await corpus.call("eval", QUESTIONS, ...update)).toMatchObject({ exitCode: 0 });
  const kept: unknown = JSON.parse(await Bun.file(corpus.path("baseline.json")).text());
  writeFileSync(corpus.path("better.json"), JSON.stringify(kept).replaceAll(/"rank":\d+/g, '"rank":1'));

  expect(await corpus.ingest("--clean", "--eval", QUESTIONS, "--baseline", "better.json")).toMatchObject({
    exitCode: 1,
    stdout: expect.stringContaining("worse than the baseline"),
    stderr: expect.stringContaining("the rebuild is not swapped in and the old corpus stays"),
  });
  const same = ["--clean", "--eval", QUESTIONS, "--baseline", "baseline.json"];
  expect(await corpus.ingest(...same)).toMatchObject({ exitCode: 0 });
});
