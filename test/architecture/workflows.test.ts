import { expect, test } from "bun:test";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { mainPackage, packageName } from "../../scripts/release/npm-packages.ts";
import { PLATFORMS } from "../../scripts/release/platforms.ts";
import { VERSION } from "../../src/text/program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

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
  const { exitCode, stderr } = release(["build", `v${VERSION}`], env);
  expect([exitCode, stderr.toString()]).toEqual([
    1,
    expect.stringContaining("must name the repository somebody/a-fork"),
  ]);
});

test("what is published is what was built, whole, and nothing that lies beside it", async () => {
  using directory = temporaryDirectory();
  const at = (path: string) => join(directory.path, path);
  for (const path of [".ci/release", "package.json", "CHANGELOG.md"])
    await Bun.write(at(path), Bun.file(join(PROJECT, path)));
  const publish = (...words: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(["bash", at(".ci/release"), ...words], {
      env: { ...process.env, DRY_RUN: "1" },
    });
    return { exitCode, lines: `${stdout.toString()}${stderr.toString()}`.trim().split("\n") };
  };
  const tarball = (name: string) => `./dist/npm/${name}-${VERSION}.tgz`;
  await Bun.write(at(tarball("bbj-ingest-all")), (await mainPackage([])).tarball);
  const [first, ...others] = PLATFORMS.map(packageName);
  for (const name of others) await Bun.write(at(tarball(name)), "package");
  expect(publish("npm")).toEqual({ exitCode: 1, lines: [expect.stringContaining(tarball(first ?? ""))] });
  await Bun.write(at(tarball(first ?? "")), "package");
  const published = publish("npm").lines.map((line) => /\.\/dist\/\S+/.exec(line)?.[0]);
  expect(new Set(published)).toEqual(new Set(["bbj-ingest-all", ...PLATFORMS.map(packageName)].map(tarball)));
  expect(published.at(-1)).toBe(tarball("bbj-ingest-all"));

  await Bun.write(at("dist/release/one.tar.gz"), "one");
  await Bun.write(at("dist/release/of-another-version.tar.gz"), "another");
  const sum = new Bun.CryptoHasher("sha256").update("one").digest("hex");
  await Bun.write(at("dist/release/SHA256SUMS"), `${sum}  one.tar.gz\n`);
  const { exitCode, lines } = publish("github", `v${VERSION}`);
  expect([exitCode, lines.at(-1)?.split(" ").slice(-2)]).toEqual([
    0,
    ["dist/release/one.tar.gz", "dist/release/SHA256SUMS"],
  ]);
  await Bun.write(at("dist/release/one.tar.gz"), "another one");
  expect(publish("github", `v${VERSION}`).exitCode).toBe(1);
});
