import { expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { tarGz } from "../../scripts/release/archives.ts";
import { VERSION } from "../../src/text/program.ts";
import { EXECUTABLE } from "../support/executable.ts";
import { BYTES_WITHOUT_MODEL_MAX, bytesWithoutModel } from "../support/executable-size.ts";
import { mayMount } from "../support/read-only.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const PROJECT = join(import.meta.dir, "../..");
/** Debian's busybox-static: a shell and the commands that the smoke test calls, in a file that needs no library. */
const BUSYBOX = Bun.which("busybox") ?? "";
const APPLETS = [
  "sh",
  "env",
  "cp",
  "mktemp",
  "cat",
  "grep",
  "sed",
  "rm",
  "dirname",
  "basename",
  "tar",
  "gzip",
  "chroot",
];
const isStatic = BUSYBOX !== "" && !readFileSync(BUSYBOX).includes("/lib64/ld-linux");
const missing = [
  ...(process.platform === "linux" && process.arch === "x64" ? [] : ["Linux on x64"]),
  ...(mayMount ? [] : ["the right to mount"]),
  ...(isStatic ? [] : ["a busybox of its own (Debian: busybox-static)"]),
];
const bareTest = missing.length === 0 ? test : test.skip;
const needs = missing.length === 0 ? "" : `, which needs ${missing.join(", ")}`;

test("beside its model the executable has 130 MB at most", () => {
  expect(bytesWithoutModel()).toBeLessThanOrEqual(BYTES_WITHOUT_MODEL_MAX);
});

bareTest(
  `from the archive, on a machine with the C library and nothing else, it does its main job${needs}`,
  async () => {
    using directory = temporaryDirectory();
    const root = directory.path;
    const at = (path: string) => join(root, path);
    for (const folder of ["bin", "dev", "proc", "tmp"]) mkdirSync(at(folder));
    cpSync(BUSYBOX, at("bin/busybox"));
    for (const applet of APPLETS) symlinkSync("busybox", at(`bin/${applet}`));
    for (const library of librariesOf(EXECUTABLE)) {
      mkdirSync(at(dirname(library)), { recursive: true });
      cpSync(library, at(library), { dereference: true });
    }
    cpSync(join(PROJECT, "examples"), at("examples"), { recursive: true });
    cpSync(join(PROJECT, "scripts/release/smoke.sh"), at("smoke.sh"));
    const bytes = await Bun.file(EXECUTABLE).bytes();
    await Bun.write(at("download.tar.gz"), await tarGz([{ name: "folder/bbj-ingest-all", mode: 0o755, bytes }]));

    const inside = `tar -xzf download.tar.gz && sh smoke.sh folder/bbj-ingest-all ${VERSION} examples`;
    const child = Bun.spawn(
      [
        ...["unshare", "--mount", "--pid", "--fork", "sh", "-c"],
        'mount -t proc proc "$1/proc" && touch "$1/dev/null" "$1/dev/urandom" && mount --bind /dev/null "$1/dev/null" && mount --bind /dev/urandom "$1/dev/urandom" && exec chroot "$1" /bin/env -i PATH=/bin sh -c "$2"',
        ...["sh", root, inside],
      ],
      { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" }, stdout: "pipe", stderr: "pipe" },
    );
    const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect({
      exitCode,
      failed: (stdout + stderr).split("\n").filter((line) => line !== "" && !line.startsWith("ok")),
    }).toEqual({
      exitCode: 0,
      failed: [],
    });
    expect(stdout.match(/^ok - /gm)).toHaveLength(8);
  },
);

/** Of the C library: what the executable is linked with, and its loader. */
function librariesOf(executable: string): string[] {
  const { stdout } = Bun.spawnSync(["ldd", executable]);
  const paths = [...stdout.toString().matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
  return paths.filter((path) => existsSync(path) && basename(path).includes(".so"));
}
