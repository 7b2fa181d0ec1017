import { expect, test } from "bun:test";
import { z } from "zod";
import { README, withTables } from "../../scripts/generate-docs.ts";

test("the README's tables are what the code has; if not: npm run docs", async () => {
  const text = await Bun.file(README).text();
  expect(text).toBe(withTables(text));
});

test("a table that has no place in the README is missed", () => {
  expect(() => withTables("# A README without tables")).toThrow("<!-- generated: flags -->");
});

test("the Job of the README starts each part once, and all at once", async () => {
  const [, yaml = ""] = /```yaml\n(apiVersion: batch\/v1\n.*?)```/s.exec(await Bun.file(README).text()) ?? [];
  const job = jobShape.parse(Bun.YAML.parse(yaml));
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
