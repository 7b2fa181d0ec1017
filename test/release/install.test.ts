import { afterAll, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
};

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
    const [, release = "", name = ""] = new URL(request.url).pathname.split("/");
    const file = served.get(release)?.get(name);
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
  const release = crypto.randomUUID();
  const files: Files = new Map<string, string | Uint8Array>([
    [`${LINUX}.tar.gz`, archive],
    ["SHA256SUMS", `${sum}  ${LINUX}.tar.gz\n`],
  ]);
  served.set(release, files);
  await writeInstaller(path, `${server.url.href}${release}`);
  const script = join(path, "install.sh");
  const command = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  return {
    home,
    files,
    script,
    /** Runs the script, by that shell. */
    async install(
      { uname = "Linux x86_64", ldd = "ldd (GNU libc) 2.36", translated = false, path: more = "" }: Machine = {},
      shell = "sh",
      env: Readonly<Record<string, string>> = {},
    ) {
      const [system = "", machine = ""] = uname.split(" ");
      command("uname", `if [ "$1" = -s ]; then echo ${system}; else echo ${machine}; fi`);
      command("ldd", `echo '${ldd}'`);
      command("sysctl", `echo ${translated ? 1 : 0}`);
      const call = shell === "busybox" ? ["busybox", "sh"] : [shell];
      const child = Bun.spawn([...call, script], {
        cwd: path,
        env: { HOME: home, PATH: [bin, more, "/usr/bin", "/bin"].filter(Boolean).join(":"), ...env },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stderr, exitCode] = await Promise.all([child.stderr.text(), child.exited]);
      return { exitCode, stderr };
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
