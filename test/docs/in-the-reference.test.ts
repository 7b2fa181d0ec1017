import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { serverTest, testDatabase } from "../support/executable.ts";
import { missingOf, textOf, typedIn } from "./blocks.ts";
import { reader } from "./reader.ts";

test("the Job of the README starts each part once, and all at once", () => {
  const job = jobShape.parse(Bun.YAML.parse(textOf("job")));
  const { completionMode, completions, parallelism, template } = job.spec;
  expect([completionMode, parallelism]).toEqual(["Indexed", completions]);
  const [container] = template.spec.containers;
  const [shell = "", flag = "", script = ""] = container?.command ?? [];
  const parts = Array.from({ length: completions }, (_, index) => {
    const env = { ...process.env, JOB_COMPLETION_INDEX: String(index) };
    const said = Bun.spawnSync([shell, flag, script.replace("exec bbj-ingest-all", "echo")], { env });
    return said.stdout.toString().trim();
  });
  expect(parts).toEqual(["--shard 1/4", "--shard 2/4", "--shard 3/4", "--shard 4/4"]);
});

describe("eval", () => {
  test("asks questions as they are shown", async () => {
    using user = await reader();
    user.write("two.jsonl", textOf("questions"));
    const { exitCode, stdout } = await user.shell("bbj-ingest-all -q && bbj-ingest-all eval two.jsonl --min hit@10=1");
    expect(stdout).toMatch(/^\(all\) +hybrid +2 /m);
    expect(exitCode).toBe(0);
  });

  test("finds what is shown, and nothing worse than it has just found", async () => {
    using user = await reader({ BBJ_RAG_EMBEDDING_PROVIDER: "builtin" });
    await user.shell("bbj-ingest-all -q && mkdir examples && cp questions.jsonl examples");
    const figures = textOf("figures");
    const { stdout } = await user.shell(typedIn(figures).join("\n"));
    expect(missingOf(figures, stdout)).toEqual([]);
    expect(await user.shell(textOf("baseline"))).toMatchObject({ exitCode: 0 });
  });
});

serverTest("four parts at once make what one run makes", async () => {
  await using alone = await testDatabase();
  await using shared = await testDatabase();
  using user = await reader();
  await user.shell(`BBJ_RAG_DATABASE_URL=${alone.url} bbj-ingest-all -q`);
  const { exitCode, stderr } = await user.shell(`export BBJ_RAG_DATABASE_URL=${shared.url}\n${textOf("shards")}`);
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
  expect(await shared.rows()).toEqual(await alone.rows());
});

const jobShape = z.object({
  spec: z.object({
    completionMode: z.string(),
    completions: z.int(),
    parallelism: z.int(),
    template: z.object({
      spec: z.object({ containers: z.array(z.object({ command: z.array(z.string()) })) }),
    }),
  }),
});
