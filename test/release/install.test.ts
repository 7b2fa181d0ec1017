import { afterAll, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { tarGz } from "../../scripts/release/archives.ts";
import { writeInstaller } from "../../scripts/release/installer.ts";
import { VERSION } from "../../src/text/program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const SCRIPT = join(import.meta.dir, "../../scripts/release/install.sh");
const LINUX = "bbj-ingest-all-VERSION-linux-x64".replace("VERSION", VERSION);

/** A machine of a user: a home, and what the system says of itself. */
type Machine = {
  readonly uname?: string;
  readonly ldd?: string;
  readonly translated?: boolean;
  readonly path?: string;
  /** Nothing else is installed. */
  readonly only?: readonly string[];
};

/** What is on the smallest system. */
const NEEDED = "sh cut cat getconf gzip mkdir mktemp mv rm sed sha256sum tail tar".split(" ");

const shells = ["dash", "bash", "busybox"].filter((name) => Bun.which(name));

test.each(shells)("%s puts the executable into ~/.local/bin, and says what to add to the PATH", async (shell) => {
  using user = await visitor();
  const { exitCode, stderr } = await user.install({}, shell);
  expect(stderr).toContain(`is version ${VERSION}`);
  expect(stderr).toContain(`export PATH="${user.home}/.local/bin:$PATH"`);
  expect(exitCode).toBe(0);
  expect(readdirSync(join(user.home, ".local/bin"))).toEqual(["bbj-ingest-all"]);
});

test("another version is replaced, in the folder that is named, of which the PATH is not spoken if it has it", async () => {
  using user = await visitor();
  const folder = join(user.home, "tools");
  mkdirSync(folder);
  writeFileSync(join(folder, "bbj-ingest-all"), "an older one");
  const { exitCode, stderr } = await user.install({ path: folder }, "sh", { BBJ_INSTALL_DIR: folder });
  expect([exitCode, stderr.includes("PATH")]).toEqual([0, false]);
  expect(readFileSync(join(folder, "bbj-ingest-all"), "utf8")).toContain(`echo ${VERSION}`);
});

test.each([
  [
    "an archive that is another one than the sum is of",
    "has the sum",
    (files: Files) => files.set(`${LINUX}.tar.gz`, "x"),
  ],
  ["an archive that is not there", "cannot be downloaded", (files: Files) => files.delete(`${LINUX}.tar.gz`)],
  ["sums that are not there", "SHA256SUMS cannot be downloaded", (files: Files) => files.delete("SHA256SUMS")],
  [
    "a release without this platform",
    "there is no executable for linux-x64",
    (files: Files) => files.set("SHA256SUMS", ""),
  ],
])("%s: nothing is installed, and what was there stays", async (_, said, spoil) => {
  using user = await visitor();
  const folder = join(user.home, ".local/bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "bbj-ingest-all"), "an older one");
  spoil(user.files);
  const { exitCode, stderr } = await user.install();
  expect(stderr).toContain(said);
  expect(exitCode).toBe(1);
  expect(readFileSync(join(folder, "bbj-ingest-all"), "utf8")).toBe("an older one");
  expect(readdirSync(folder)).toEqual(["bbj-ingest-all"]);
});

test("an executable that does not run here is not installed", async () => {
  using user = await visitor("exit 7");
  const { exitCode, stderr } = await user.install();
  expect(stderr).toContain("does not run on this machine");
  expect(exitCode).toBe(1);
  expect(readdirSync(join(user.home, ".local/bin"))).toEqual([]);
});

test.each<readonly [Machine, string]>([
  [{ uname: "Linux aarch64" }, "linux-arm64.tar.gz"],
  [{ uname: "Linux x86_64", ldd: "musl libc (x86_64)" }, "linux-x64-musl.tar.gz"],
  [{ uname: "Darwin arm64" }, "darwin-arm64.tar.gz"],
  [{ uname: "Darwin x86_64" }, "darwin-x64.tar.gz"],
  [{ uname: "Darwin x86_64", translated: true }, "darwin-arm64.tar.gz"],
  [{ uname: "Linux riscv64" }, "no executable for the processor riscv64"],
  [{ uname: "FreeBSD amd64" }, "no executable for FreeBSD"],
  [{ uname: "MINGW64_NT-10.0 x86_64" }, "unpack the .zip for windows-x64"],
])("%j is answered with %s", async (machine, said) => {
  using user = await visitor();
  const { exitCode, stderr } = await user.install(machine);
  expect(stderr).toContain(said);
  expect(exitCode).toBe(1);
});

test("a folder that cannot be written to is named, with the way to another one", async () => {
  using user = await visitor();
  const file = join(user.home, "file");
  writeFileSync(file, "");
  const { exitCode, stderr } = await user.install({}, "sh", { BBJ_INSTALL_DIR: join(file, "bin") });
  expect(stderr).toContain("set BBJ_INSTALL_DIR to another one");
  expect(exitCode).toBe(1);
});

test("a script that was cut on its way does nothing, wherever it was cut", async () => {
  using user = await visitor();
  const text = readFileSync(user.script, "utf8");
  // The last line is the call.
  for (let end = 0; end < text.trimEnd().length - 'main "$@"'.length; end += 97) {
    writeFileSync(user.script, text.slice(0, end));
    await user.install();
    expect([end, existsSync(join(user.home, ".local"))]).toEqual([end, false]);
  }
});

test("a version that is named is taken from its own release", async () => {
  using user = await visitor();
  user.publish("0.0.9");
  const { exitCode, stderr } = await user.install({}, "sh", { BBJ_VERSION: "0.0.9" });
  expect(stderr).toContain("/v0.0.9/SHA256SUMS does not name bbj-ingest-all-0.0.9-linux-x64.tar.gz");
  expect(exitCode).toBe(1);
});

test("an argument installs nothing, and is answered with what can be set", async () => {
  using user = await visitor();
  const { exitCode, stderr } = await user.install({}, "sh", {}, ["--help"]);
  expect(stderr).toContain("--help is not understood: BBJ_INSTALL_DIR names another folder");
  expect([exitCode, existsSync(join(user.home, ".local"))]).toEqual([1, false]);
});

test("a folder that is named from here stands in the PATH from everywhere", async () => {
  using user = await visitor();
  const { stderr } = await user.install({}, "sh", { BBJ_INSTALL_DIR: "home/my tools" });
  expect(stderr).toContain(`export PATH="${user.home}/my tools:$PATH"`);
});

test("another copy that comes first in the PATH is named", async () => {
  using user = await visitor();
  const [first, folder] = [join(user.home, "first"), join(user.home, "tools")];
  mkdirSync(first);
  writeFileSync(join(first, "bbj-ingest-all"), "", { mode: 0o755 });
  const { exitCode, stderr } = await user.install({ path: `${first}:${folder}` }, "sh", { BBJ_INSTALL_DIR: folder });
  expect(stderr).toContain(`but ${first}/bbj-ingest-all comes first in your PATH`);
  expect(exitCode).toBe(0);
});

const downloaders = ["curl", "wget"].filter((name) => Bun.which(name));

test.each(downloaders)("with %s alone it installs, or says why the download failed", async (name) => {
  using user = await visitor();
  const only = [...NEEDED, name];
  user.files.delete("SHA256SUMS");
  const failed = await user.install({ only });
  expect(failed.stderr).toMatch(/404/);
  user.publish(VERSION);
  expect(await user.install({ only })).toMatchObject({ exitCode: 0 });
});

test("a copy that is of no release says so", async () => {
  using user = await visitor();
  writeFileSync(user.script, readFileSync(SCRIPT));
  const { exitCode, stderr } = await user.install();
  expect(stderr).toContain("set BBJ_RELEASE_URL");
  expect(exitCode).toBe(1);
});

type Files = Map<string, string | Uint8Array>;

const served = new Map<string, Files>();
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch(request) {
    const { pathname } = new URL(request.url);
    const file = served.get(dirname(pathname))?.get(basename(pathname));
    return file === undefined ? new Response("", { status: 404 }) : new Response(file);
  },
});
afterAll(() => server.stop(true));

/** Somebody who installs a release for Linux on x64 whose executable is a script. */
async function visitor(body = `echo ${VERSION}`) {
  const directory = temporaryDirectory();
  const { path } = directory;
  const [home, bin] = [join(path, "home"), join(path, "bin")];
  mkdirSync(home);
  mkdirSync(bin);
  const archive = await tarGz([
    { name: `${LINUX}/bbj-ingest-all`, mode: 0o755, bytes: Buffer.from(`#!/bin/sh\n${body}\n`) },
  ]);
  const sum = new Bun.CryptoHasher("sha256").update(archive).digest("hex");
  const releases = `/${crypto.randomUUID()}`;
  const files: Files = new Map<string, string | Uint8Array>();
  /** Has a release of this version's files lie where that one's would. */
  const publish = (version: string) => {
    files.set(`${LINUX}.tar.gz`, archive).set("SHA256SUMS", `${sum}  ${LINUX}.tar.gz\n`);
    served.set(`${releases}/v${version}`, files);
  };
  publish(VERSION);
  await writeInstaller(path, new URL(`${releases}/v${VERSION}`, server.url).href);
  const script = join(path, "install.sh");
  const command = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  return {
    home,
    files,
    publish,
    script,
    /** Runs the script, by that shell. */
    async install(
      { uname = "Linux x86_64", ldd = "ldd (GNU libc) 2.36", translated = false, path: more = "", only }: Machine = {},
      shell = "sh",
      env: Readonly<Record<string, string>> = {},
      args: readonly string[] = [],
    ) {
      const [kernel = "", machine = ""] = uname.split(" ");
      command("uname", `if [ "$1" = -s ]; then echo ${kernel}; else echo ${machine}; fi`);
      command("ldd", `echo '${ldd}'`);
      command("sysctl", `echo ${translated ? 1 : 0}`);
      const call = shell === "busybox" ? ["busybox", "sh"] : [shell];
      const few = join(path, "few");
      rmSync(few, { recursive: true, force: true });
      mkdirSync(few);
      for (const name of only ?? []) symlinkSync(Bun.which(name) ?? name, join(few, name));
      const system = only ? [few] : ["/usr/bin", "/bin"];
      const child = Bun.spawn([...call, script, ...args], {
        cwd: path,
        env: { HOME: home, PATH: [bin, more, ...system].filter(Boolean).join(":"), ...env },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stderr, exitCode] = await Promise.all([child.stderr.text(), child.exited]);
      return { exitCode, stderr };
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
