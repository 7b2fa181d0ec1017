import { afterAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { wrongIn } from "../../scripts/release/check-executable.ts";
import { makeRelease } from "../../scripts/release/make-release.ts";
import { readMachO } from "../../scripts/release/mach-o.ts";
import { readPe } from "../../scripts/release/pe.ts";
import { executableName, type Platform, PLATFORMS, platformOf } from "../../scripts/release/platforms.ts";
import { VERSION } from "../../src/text/program.ts";
import { EXECUTABLE } from "../support/executable.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const PROGRAM = "bbj-ingest-all";
// BBJ_TEST_PLATFORMS=all for a release; else one of each kind of file.
const isRelease = process.env.BBJ_TEST_PLATFORMS === "all";
const platforms = isRelease ? PLATFORMS : ["linux-arm64", "darwin-x64", "darwin-arm64", "windows-x64"].map(platformOf);
const made = temporaryDirectory();
const release = join(made.path, "release");
afterAll(() => made[Symbol.dispose]());

test("a release has an archive for each platform, its package, the installer, and sums that agree", async () => {
  await makeRelease(platforms, made.path);
  const archives = platforms.map(
    ({ name, os }) => `${PROGRAM}-${VERSION}-${name}${os === "win32" ? ".zip" : ".tar.gz"}`,
  );
  expect(readdirSync(release).sort()).toEqual([...archives, "SHA256SUMS", "install.sh"].sort());
  const { exitCode } = Bun.spawnSync(["sha256sum", "--check", "--strict", "SHA256SUMS"], { cwd: release });
  expect(exitCode).toBe(0);
  expect(readdirSync(join(made.path, "npm"))).toHaveLength(platforms.length + 1);
});

test.each(platforms.map(({ name }) => name))(
  "%s: unpacked by others' tools, the executable is one for it, and for no other",
  async (name) => {
    const platform = platformOf(name);
    const file = unpacked(platform);
    expect(wrongIn(file, platform, PROGRAM)).toEqual([]);
    for (const part of [file.subarray(0, -1), file.subarray(0, file.length / 2)])
      expect(wrongIn(part, platform, PROGRAM)).not.toEqual([]);
    for (const other of PLATFORMS) if (other.name !== name) expect(wrongIn(file, other, PROGRAM)).not.toEqual([]);
  },
);

test.each(platforms.filter(({ os }) => os === "darwin").map(({ name }) => name))(
  "%s: a byte that changes is told by its page",
  (name) => {
    const file = unpacked(platformOf(name));
    const page = 1000;
    file.writeUInt8(file.readUInt8(page * 4096) ^ 1, page * 4096);
    expect(readMachO(file).badPages).toEqual([page]);
  },
);

test.each(platforms.filter(({ os }) => os === "win32").map(({ name }) => name))(
  "%s: Explorer shows our name, not Bun's",
  (name) => {
    const { version, subsystem } = readPe(unpacked(platformOf(name)));
    expect(subsystem).toBe("console");
    expect(Object.fromEntries(version)).toEqual({
      FileDescription: PROGRAM,
      FileVersion: VERSION,
      InternalName: PROGRAM,
      OriginalFilename: `${PROGRAM}.exe`,
      ProductName: PROGRAM,
      ProductVersion: VERSION,
      LegalCopyright: `The ${PROGRAM} authors, MIT licence`,
    });
  },
);

test("the same sources make the same archive again", async () => {
  const name = platforms.find(({ os }) => os === "linux")?.name ?? "linux-x64";
  using again = temporaryDirectory();
  await makeRelease([platformOf(name)], again.path);
  const archive = `${PROGRAM}-${VERSION}-${name}.tar.gz`;
  expect(readFileSync(join(again.path, "release", archive)).equals(readFileSync(join(release, archive)))).toBe(true);
});

test("the executable that was built for this machine is told from others", () => {
  const file = readFileSync(EXECUTABLE);
  const here = PLATFORMS.find(
    ({ os, cpu, libc }) => os === process.platform && cpu === process.arch && libc !== "musl",
  );
  expect(here && wrongIn(file, here, PROGRAM)).toEqual(here?.os === "linux" ? [] : expect.anything());
  if (here) {
    expect(wrongIn(file.subarray(0, -1), here, PROGRAM)).not.toEqual([]);
    expect(wrongIn(file.subarray(0, 4096), here, PROGRAM)).not.toEqual([]);
    const runtime = wrongIn(readFileSync(process.execPath), here, PROGRAM);
    expect(runtime).toContain(`it is a runtime without ${PROGRAM}`);
  }
  expect(wrongIn(Buffer.from("#!/bin/sh\n"), platformOf("linux-x64"), PROGRAM)).toEqual([
    "it cannot be read: no ELF file",
  ]);
});

// Minutes. Debian: qemu-user, libc6-arm64-cross.
const qemu = Bun.which("qemu-aarch64");
const libraries = "/usr/aarch64-linux-gnu";
const armTest = isRelease && qemu && readable(libraries) ? test : test.skip;
armTest("linux-arm64 does its main job under qemu-user", async () => {
  const platform = platformOf("linux-arm64");
  using directory = temporaryDirectory();
  await Bun.write(join(directory.path, PROGRAM), unpacked(platform), { mode: 0o755 });
  const wrapper = join(directory.path, "run");
  await Bun.write(wrapper, `#!/bin/sh\nexec ${qemu} -L ${libraries} ${directory.path}/${PROGRAM} "$@"\n`);
  Bun.spawnSync(["chmod", "+x", wrapper, join(directory.path, PROGRAM)]);
  const project = join(import.meta.dir, "../..");
  const smoke = ["sh", join(project, "scripts/release/smoke.sh"), wrapper, VERSION, join(project, "examples")];
  const child = Bun.spawn(smoke, { stdout: "pipe" });
  const [stdout, exitCode] = await Promise.all([child.stdout.text(), child.exited]);
  expect(stdout.match(/^not ok.*/gm) ?? []).toEqual([]);
  expect(exitCode).toBe(0);
});

function readable(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch {
    return false;
  }
}

/** The executable in a platform's archive, taken out by tar or unzip. */
function unpacked(platform: Platform): Buffer {
  const folder = `${PROGRAM}-${VERSION}-${platform.name}`;
  const member = `${folder}/${executableName(PROGRAM, platform)}`;
  const command = platform.os === "win32" ? ["unzip", "-q", `${folder}.zip`] : ["tar", "-xzf", `${folder}.tar.gz`];
  const { exitCode, stderr } = Bun.spawnSync([...command, member], { cwd: release });
  if (exitCode !== 0) throw new Error(stderr.toString());
  const file = readFileSync(join(release, member));
  rmSync(join(release, folder), { recursive: true });
  return file;
}
