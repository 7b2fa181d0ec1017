import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { BUNDLE } from "../bundle.ts";

/** A package of which something is in the executable, and what its folder says of its licence. */
export type BundledPackage = {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression; "" where `package.json` has none. */
  readonly licence: string;
  /** Where its source is; "" where `package.json` does not say. */
  readonly source: string;
  /** The texts of its licence and notice files, in the order of their names. */
  readonly texts: readonly string[];
};

/** The innermost package that a path leads into. */
const PACKAGE_FOLDER = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;
const LEGAL_FILE = /^(licen[cs]e|copying|copyright|notice|third.?party)/i;

const manifest = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string().default(""),
  homepage: z.string().default(""),
  repository: z.union([z.string(), z.object({ url: z.string() }).transform(({ url }) => url)]).default(""),
});

/** The packages that the bundler puts into the executable, by name. */
export async function bundledPackages(): Promise<readonly BundledPackage[]> {
  const { metafile } = await Bun.build({ ...BUNDLE, target: "bun", metafile: true });
  const folders = new Set(
    Object.keys(metafile?.inputs ?? {}).flatMap((path) => PACKAGE_FOLDER.exec(resolve(path)) ?? []),
  );
  const packages = await Promise.all([...folders].map(packageIn));
  return packages.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the package in `folder` says of itself. */
export async function packageIn(folder: string): Promise<BundledPackage> {
  const told = manifest.parse(await Bun.file(join(folder, "package.json")).json());
  const names = readdirSync(folder)
    .filter((name) => LEGAL_FILE.test(name))
    .sort();
  return {
    name: told.name,
    version: told.version,
    licence: told.license,
    source: addressOf(told.repository || told.homepage),
    texts: await Promise.all(names.map((name) => Bun.file(join(folder, name)).text())),
  };
}

/** `git+https://github.com/a/b.git`, `github:a/b` and `a/b` -> `https://github.com/a/b`. */
function addressOf(repository: string): string {
  const path = repository
    .replace(/^git\+/, "")
    .replace(/^git:\/\//, "https://")
    .replace(/\.git$/, "");
  return path === "" || path.includes("://") ? path : `https://github.com/${path.replace(/^github:/, "")}`;
}
