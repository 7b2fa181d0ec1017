import { expect, test } from "bun:test";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { version } from "../../package.json";

const PROJECT = join(import.meta.dir, "../..");
const FOLDER = join(PROJECT, ".github/workflows");
/** What a bare container lacks before anything of the repository is there. */
const BARE = "apt-get update && apt-get install --yes --no-install-recommends ca-certificates git nodejs npm";

const step = z.object({ run: z.string().optional(), uses: z.string().optional() });
const workflow = z.object({
  permissions: z.record(z.string(), z.literal("read")),
  jobs: z.record(z.string(), z.object({ "timeout-minutes": z.int(), steps: z.array(step) })),
});

test.each(["test.yml", "release.yml"])(
  "%s runs scripts of this repository, and actions that cannot change",
  async (name) => {
    const text = await Bun.file(join(FOLDER, name)).text();
    const { jobs } = workflow.parse(Bun.YAML.parse(text));
    for (const { run, uses } of Object.values(jobs).flatMap(({ steps }) => steps)) {
      if (uses !== undefined)
        expect(text).toMatch(new RegExp(`uses: ${RegExp.escape(uses)} # v\\d+\\.\\d+\\.\\d+$`, "m"));
      if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      if (run === undefined || run === BARE) continue;
      const [script = ""] = run.split(" ");
      expect(script).toStartWith(".ci/");
      expect(run).not.toContain("${{");
      accessSync(join(PROJECT, script), constants.X_OK);
    }
  },
);

const release = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  Bun.spawnSync([join(PROJECT, ".ci/release"), ...words], { env: { ...process.env, DRY_RUN: "1", ...env } });

test("a release is only made of a tag that is the version", () => {
  for (const word of ["build", "github"]) {
    const { exitCode, stderr } = release([word, "v9.9.9"]);
    expect([word, exitCode, stderr.toString()]).toEqual([
      word,
      1,
      expect.stringContaining("the tag is v9.9.9, and package.json says"),
    ]);
  }
  expect(release([]).exitCode).toBe(2);
});

test("and by the workflow of the repository that the packages name, or npm would refuse them at the end", () => {
  const env = { GITHUB_SERVER_URL: "https://git.example.com", GITHUB_REPOSITORY: "somebody/a-fork" };
  const { exitCode, stderr } = release(["build", `v${version}`], env);
  expect([exitCode, stderr.toString()]).toEqual([
    1,
    expect.stringContaining("must name the repository somebody/a-fork"),
  ]);
});
