import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { type Member, tarGz } from "./archives.ts";
import { type Platform, PLATFORMS } from "./platforms.ts";

const { name: program, version, description, license } = packageJson;

type Manifest = { readonly name: string; readonly version: string } & Readonly<Record<string, unknown>>;

/** What a registry has to know of a package, and the package. */
export type Packed = { readonly manifest: Manifest; readonly tarball: Uint8Array };

/** The package that people install: a launcher, and for each platform an optional package with the executable. */
export async function mainPackage(texts: readonly Member[]): Promise<Packed> {
  const launcher = `${program}.js`;
  const manifest = {
    ...common(program),
    bin: { [program]: launcher },
    engines: { node: ">=16" },
    optionalDependencies: Object.fromEntries(PLATFORMS.map((platform) => [packageName(platform), version])),
  };
  const bytes = await Bun.file(join(import.meta.dir, "launcher.cjs")).bytes();
  return packed(manifest, [{ name: launcher, mode: 0o755, bytes }, ...texts]);
}

/** The package with the executable for a platform. */
export function platformPackage(platform: Platform, members: readonly Member[]): Promise<Packed> {
  const { os, cpu, libc } = platform;
  const manifest = {
    ...common(packageName(platform)),
    // Yarn would run it out of an archive otherwise.
    preferUnplugged: true,
    os: [os],
    cpu: [cpu],
    ...(libc && { libc: [libc] }),
  };
  return packed(manifest, members);
}

/** What the package of a platform is called. */
export function packageName({ name }: Platform): string {
  return `${program}-${name}`;
}

function common(name: string) {
  return {
    name,
    version,
    description,
    license,
    ...("repository" in packageJson && { repository: packageJson.repository }),
  };
}

async function packed(manifest: Manifest, members: readonly Member[]): Promise<Packed> {
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
  const all = [{ name: "package.json", mode: 0o644, bytes }, ...members];
  return { manifest, tarball: await tarGz(all.map((member) => ({ ...member, name: `package/${member.name}` }))) };
}
