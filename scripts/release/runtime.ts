import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { executableName, type Platform } from "./platforms.ts";

const LOCK = join(import.meta.dir, "../../bun.lock");
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "bbj-ingest-all", "runtimes");

/**
 * Bun of our own version for another platform, as a file in `into`. Its package is fetched once and kept in the user's
 * cache, and whatever is there is held against the sum in bun.lock each time.
 */
export async function runtimeFor(platform: Platform, into: string): Promise<string> {
  const spec = `${platform.runtime}@${Bun.version}`;
  const integrity = await lockedSum(spec);
  const kept = join(CACHE, `${spec.replace("/", "+")}.tgz`);
  if (!existsSync(kept)) await fetchPackage(spec, integrity, kept);
  const name = executableName("bun", platform);
  const files = await new Bun.Archive(await sound(kept, integrity)).files(`package/bin/${name}`);
  const program = files.get(`package/bin/${name}`);
  if (!program) throw new Error(`${kept} has no package/bin/${name}`);
  const path = join(into, name);
  await Bun.write(path, program);
  return path;
}

/** Of a package, written as in package.json. */
async function lockedSum(spec: string): Promise<string> {
  const line = (await Bun.file(LOCK).text()).split("\n").find((text) => text.includes(`["${spec}"`));
  const sum = /"(sha512-[^"]+)"/.exec(line ?? "")?.[1];
  if (sum === undefined)
    throw new Error(`bun.lock has no sum of ${spec}: the version of "bun" there is not ${Bun.version}`);
  return sum;
}

async function fetchPackage(spec: string, integrity: string, kept: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const aside = mkdtempSync(join(CACHE, ".fetch-"));
  try {
    // npm is what the project asks for anyway, and knows the user's registry, proxy and certificates.
    const child = Bun.spawn(["npm", "pack", "--silent", "--pack-destination", aside, spec], { stderr: "inherit" });
    const name = (await child.stdout.text()).trim();
    if ((await child.exited) !== 0) throw new Error(`npm pack ${spec} failed`);
    const path = join(aside, name);
    await sound(path, integrity);
    renameSync(path, kept);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** What is in a file; throws where that is not what has the sum. */
async function sound(path: string, integrity: string): Promise<Uint8Array> {
  const bytes = await Bun.file(path).bytes();
  const found = `sha512-${new Bun.CryptoHasher("sha512").update(bytes).digest("base64")}`;
  if (found === integrity) return bytes;
  rmSync(path);
  throw new Error(`${path} had the sum ${found} instead of ${integrity} of bun.lock, and was removed`);
}
