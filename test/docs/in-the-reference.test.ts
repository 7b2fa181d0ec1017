import { describe, expect, test } from "bun:test";
import { serverTest, testDatabase } from "../support/executable.ts";
import { missingOf, textOf, typedIn } from "./blocks.ts";
import { reader } from "./reader.ts";

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
