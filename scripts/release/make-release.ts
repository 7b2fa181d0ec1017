import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { name as program, version } from "../../package.json";
import { type Member, tarGz, zip } from "./archives.ts";
import { wrongIn } from "./check-executable.ts";
import { INSTALLER, writeInstaller } from "./installer.ts";
import { signed } from "./mach-o.ts";
import { mainPackage, type Packed, platformPackage } from "./npm-packages.ts";
import { withVersion } from "./pe.ts";
import { executableName, type Platform, PLATFORMS } from "./platforms.ts";
import { runtimeFor } from "./runtime.ts";

const PROJECT = join(import.meta.dir, "../..");
const TEXTS = ["LICENSE", "README.md", "CHANGELOG.md", "dist/THIRD-PARTY.txt"];
const SUMS = "SHA256SUMS";

/**
 * Below `into`, for each platform: in `release` an archive with an executable that is what it should be, in `npm` the
 * package of it; and the script that installs, the sums, the package that people install. The same sources make the same bytes.
 */
export async function makeRelease(platforms: readonly Platform[], into: string): Promise<void> {
  const [release, npm] = [join(into, "release"), join(into, "npm")];
  for (const platform of platforms) {
    const executable = { name: executableName(program, platform), mode: 0o755, bytes: await executableFor(platform) };
    const members = [executable, ...(await texts())];
    const archive = archiveName(platform);
    const folder = `${program}-${version}-${platform.name}`;
    const below = members.map((member) => ({ ...member, name: `${folder}/${member.name}` }));
    const packed = platform.os === "win32" ? await zip(below) : await tarGz(below);
    await Bun.write(join(release, archive), packed);
    await writePackage(npm, await platformPackage(platform, members));
    console.log(`${archive}  ${megabytes(executable.bytes.length)}, packed ${megabytes(packed.length)}`);
  }
  await writePackage(npm, await mainPackage(await texts()));
  await writeInstaller(release);
  await writeSums(release);
}

/** What a platform's archive is called. */
function archiveName({ name, os }: Platform): string {
  return `${program}-${version}-${name}.${os === "win32" ? "zip" : "tar.gz"}`;
}

/** The executable for a platform, built, signed or named as that wants it, and looked at. Throws when it is not what it should be. */
async function executableFor(platform: Platform): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), `${program}-`));
  try {
    const runtime = await runtimeFor(platform, directory);
    // The name of the file is part of what it has inside.
    const outfile = join(directory, "out", executableName(program, platform));
    const build = [process.execPath, "build.ts", outfile, "--target", platform.name, "--runtime", runtime];
    const child = Bun.spawn(build, { cwd: PROJECT, stdout: "ignore", stderr: "inherit" });
    if ((await child.exited) !== 0) throw new Error(`the build for ${platform.name} failed`);
    const built = finished(await readFile(outfile), platform);
    const wrong = wrongIn(built, platform, program);
    if (wrong.length > 0) throw new Error(`the executable for ${platform.name}: ${wrong.join("; ")}`);
    return built;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function finished(built: Buffer, platform: Platform): Buffer {
  if (platform.os === "darwin") return signed(built, program);
  if (platform.os === "linux") return built;
  return withVersion(built, version, {
    FileDescription: program,
    FileVersion: version,
    InternalName: program,
    OriginalFilename: executableName(program, platform),
    ProductName: program,
    ProductVersion: version,
    LegalCopyright: `The ${program} authors, MIT licence`,
  });
}

/** What stands beside the executable in each archive and package. */
async function texts(): Promise<Member[]> {
  return Promise.all(
    TEXTS.map(async (name) => ({
      name: basename(name),
      mode: 0o644,
      bytes: await Bun.file(join(PROJECT, name)).bytes(),
    })),
  );
}

async function writePackage(into: string, { manifest, tarball }: Packed): Promise<void> {
  await Bun.write(join(into, `${manifest.name}-${manifest.version}.tgz`), tarball);
}

async function writeSums(into: string): Promise<void> {
  // Files of other versions may lie there, too.
  const names = [...PLATFORMS.map(archiveName), INSTALLER].filter((name) => existsSync(join(into, name)));
  const lines = names.sort().map(async (name) => {
    const sum = new Bun.CryptoHasher("sha256").update(await Bun.file(join(into, name)).bytes()).digest("hex");
    return `${sum}  ${name}\n`;
  });
  await Bun.write(join(into, SUMS), (await Promise.all(lines)).join(""));
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
