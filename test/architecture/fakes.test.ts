import { expect, test } from "bun:test";
import { sourceFiles } from "./source-files.ts";

/** What has a contract suite in `test/contract/`. */
const CONTRACTS = ["Clock", "Embedder", "Parser", "Store"];
const FAKE = new RegExp(`\\bclass (\\w+) implements (?:${CONTRACTS.join("|")})\\b`, "g");

test("every fake is under the contract suite of what it fakes", async () => {
  const files = await sourceFiles("test");
  const fakes = files.flatMap(({ path, text }) => [...text.matchAll(FAKE)].map(([, name]) => ({ path, name })));
  const suites = files.filter(({ path }) => /^contract\/.*\.test\.ts$/.test(path)).map(({ code }) => code);
  const free = fakes.filter(({ name }) => !suites.some((code) => new RegExp(`\\b${name}\\b`).test(code)));
  expect(fakes.length).toBeGreaterThan(0);
  expect(free.map(({ path, name }) => `${path}: ${name}`)).toEqual([]);
});
