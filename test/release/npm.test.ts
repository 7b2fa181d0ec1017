import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { mainPackage, packageName, type Packed, platformPackage } from "../../scripts/release/npm-packages.ts";
import { executableName, PLATFORMS } from "../../scripts/release/platforms.ts";
import { VERSION } from "../../src/text/program.ts";
import { EXECUTABLE } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

const LAUNCHER = join(import.meta.dir, "../../scripts/release/launcher.cjs");
const EXAMPLES = join(import.meta.dir, "../../examples");
const HERE = PLATFORMS.find(({ os, cpu, libc }) => os === process.platform && cpu === process.arch && libc !== "musl");
const ours = HERE === undefined ? "" : packageName(HERE);
const PATHS = [...new Set([dirname(Bun.which("npm") ?? ""), "/usr/bin", "/bin"])];

/** A registry with the packages of this version, in which only that of this machine has an executable that works. */
const packages = new Map<string, Packed>();
const fetched: string[] = [];
const registry: Bun.Server<undefined> = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request): Response {
    const name = new URL(request.url).pathname.slice(1);
    const tarball = packages.get(name.replace(/\.tgz$/, ""))?.tarball;
    if (tarball && name.endsWith(".tgz")) {
      fetched.push(name);
      return new Response(tarball);
    }
    return tarball ? Response.json(packument(name)) : new Response("{}", { status: 404 });
  },
});
afterAll(() => registry.stop(true));

function packument(name: string): object {
  const { manifest, tarball } = packages.get(name) ?? { manifest: {}, tarball: "" };
  const integrity = `sha512-${new Bun.CryptoHasher("sha512").update(tarball).digest("base64")}`;
  const dist = { tarball: new URL(`/${name}.tgz`, registry.url).href, integrity };
  return { name, "dist-tags": { latest: VERSION }, versions: { [VERSION]: { ...manifest, dist } } };
}

beforeAll(async () => {
  const texts = [{ name: "LICENSE", mode: 0o644, bytes: Buffer.from("MIT") }];
  packages.set("bbj-ingest-all", await mainPackage(texts));
  const executable = await Bun.file(EXECUTABLE).bytes();
  for (const platform of PLATFORMS) {
    const bytes = platform === HERE ? executable : Buffer.from("of another machine");
    const file = { name: executableName("bbj-ingest-all", platform), mode: 0o755, bytes };
    packages.set(packageName(platform), await platformPackage(platform, [file, ...texts]));
  }
});

const managers = [
  ["npm install", "npm install --no-audit --no-fund"],
  ["npm install --ignore-scripts", "npm install --no-audit --no-fund --ignore-scripts"],
  ["bun add", "bun add"],
] as const;

test.each(managers)("%s installs the launcher and the executable of this machine, and no other", async (_, command) => {
  using user = customer();
  fetched.length = 0;
  expect(await user.shell(`${command} bbj-ingest-all`)).toMatchObject({ exitCode: 0 });
  // A package manager may not know of C libraries.
  const others = fetched.filter((name) => ![`${ours}.tgz`, `${ours}-musl.tgz`, "bbj-ingest-all.tgz"].includes(name));
  expect(others).toEqual([]);
  expect(await user.shell("node_modules/.bin/bbj-ingest-all version")).toMatchObject({
    exitCode: 0,
    stdout: `${VERSION}\n`,
  });
});

test("npx and bunx run it without more ado; a run ingests", async () => {
  using user = customer();
  expect(await user.shell("npx --yes bbj-ingest-all --version")).toMatchObject({ exitCode: 0, stdout: `${VERSION}\n` });
  expect(await user.shell("bunx bbj-ingest-all --version")).toMatchObject({ exitCode: 0, stdout: `${VERSION}\n` });
  cpSync(EXAMPLES, join(user.folder, "corpus"), { recursive: true });
  const { exitCode, stdout } = await user.shell("cd corpus && npx --yes bbj-ingest-all --embedder lexical");
  expect(stdout).toContain("24 chunks");
  expect(exitCode).toBe(0);
});

test("what it is asked, and how it ends, are the executable's own", async () => {
  using user = customer();
  await user.shell("npm install bbj-ingest-all");
  const launched = await user.shell("node_modules/.bin/bbj-ingest-all --no-such-flag 'two words'");
  const itself = await user.shell(`${EXECUTABLE} --no-such-flag 'two words'`);
  expect(launched.exitCode).toBe(2);
  expect(launched.stderr.split("\n")[0]).toBe(itself.stderr.split("\n")[0] ?? "");
});

test("without the package of this machine it says what to do", async () => {
  using user = customer();
  await user.shell("npm install --omit=optional bbj-ingest-all");
  const { exitCode, stderr } = await user.shell("node_modules/.bin/bbj-ingest-all version");
  expect(stderr).toContain(`the package ${ours}`);
  expect(stderr).toContain("with --global if it was installed so:\n  npm install --include=optional bbj-ingest-all\n");
  expect(exitCode).toBe(2);
});

test("of what a terminal sends and npx sends once more, one is passed on; another signal is another asking", async () => {
  await using executable = pretender("trap 'echo passed on >> told' USR2");
  const launcher = executable.start();
  const told = (times: number) => until(() => executable.told().length >= "passed on\n".length * times);
  await until(executable.isReady);
  launcher.kill("SIGINT");
  await told(1);
  launcher.kill("SIGINT");
  // Signals that arrive together are one: the executable goes on for a while, and would have told of another.
  await until(() => executable.heard() === 2);
  const beats = executable.beats() + 2;
  await until(() => executable.beats() >= beats);
  expect(executable.told()).toBe("passed on\n");
  launcher.kill("SIGTERM");
  await told(2);
  executable.release();
  expect(await launcher.exited).toBe(7);
  expect(executable.told()).toBe("passed on\n".repeat(2));
});

test("an executable that dies by a signal takes its launcher with it, by the same", async () => {
  await using executable = pretender("kill -KILL $$");
  const launcher = executable.start();
  await launcher.exited;
  expect(launcher.signalCode).toBe("SIGKILL");
});

/** Somebody with npm and Bun whose registry is ours. */
function customer() {
  const directory = temporaryDirectory();
  const { path } = directory;
  const bin = join(path, "bin");
  mkdirSync(bin);
  // Or it would be looked for in the folders above.
  writeFileSync(join(path, "package.json"), "{}");
  for (const name of ["bun", "bunx"]) symlinkSync(process.execPath, join(bin, name));
  const env = {
    PATH: [bin, ...PATHS].join(":"),
    HOME: path,
    TMPDIR: path,
    npm_config_registry: registry.url.href,
    npm_config_update_notifier: "false",
    BUN_INSTALL_CACHE_DIR: join(path, "cache"),
    BUN_CONFIG_REGISTRY: registry.url.href,
  };
  return {
    folder: path,
    env,
    async shell(command: string) {
      const child = Bun.spawn(["sh", "-c", command], {
        cwd: path,
        env,
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
      return { exitCode, stdout, stderr };
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}

/** What npm makes, with a script in the place of the executable: it does `first`, waits until it is let go, and ends with 7. */
function pretender(first: string) {
  const directory = temporaryDirectory();
  const at = (...names: string[]) => join(directory.path, ...names);
  const wait = "touch ready; until [ -e released ]; do sleep 0.01; echo >> beats; done; exit 7";
  const lengthOf = (name: string) => (existsSync(at(name)) ? readFileSync(at(name), "utf8").length : 0);
  let launcher: Bun.Subprocess | undefined;
  mkdirSync(at("node_modules", ours), { recursive: true });
  cpSync(LAUNCHER, at("launcher.cjs"));
  const hears = 'process.on("SIGINT", () => require("node:fs").appendFileSync("heard", "x"));';
  writeFileSync(at("no-time-passes.cjs"), `Date.now = () => 0; ${hears}`);
  writeFileSync(at("node_modules", ours, "bbj-ingest-all"), `#!/bin/sh\n${first}\n${wait}\n`, { mode: 0o755 });
  return {
    start: () =>
      (launcher = Bun.spawn(["node", "--require", "./no-time-passes.cjs", "launcher.cjs"], { cwd: directory.path })),
    isReady: () => existsSync(at("ready")),
    heard: () => lengthOf("heard"),
    beats: () => lengthOf("beats"),
    told: () => (existsSync(at("told")) ? readFileSync(at("told"), "utf8") : ""),
    release: () => writeFileSync(at("released"), ""),
    async [Symbol.asyncDispose]() {
      // The launcher ends with it.
      writeFileSync(at("released"), "");
      await launcher?.exited;
      directory[Symbol.dispose]();
    },
  };
}
