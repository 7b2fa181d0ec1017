import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { javadoc } from "../../src/parsers/javadoc/entry.ts";
import { readAll, sourceOf } from "../support/read-source.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const source = (dataDir: string) => sourceOf({ name: "api", parser: "javadoc", dataDir });

test("a class whose name occurs a hundred thousand times is numbered before anybody grows tired", async () => {
  using directory = temporaryDirectory();
  const classes = Array.from({ length: 100_000 }, () => ({ name: "A" }));
  writeFileSync(join(directory.path, "a.json"), JSON.stringify({ name: "p", classes }));
  const { documents } = await readAll(javadoc, source(directory.path));
  expect(documents.at(-1)?.sourceUrl).toBe("bbj_api://p.A-100000");
});
