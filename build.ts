// Builds dist/bbj-ingest-all, one file that needs nothing beside it. `bun build.ts [OUTFILE]`
// For other machines, packed and with sums, in dist/release and dist/npm: `bun build.ts --all`, or `--target linux-arm64` ...
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BUNDLE } from "./scripts/bundle.ts";
import { makeThirdParty } from "./scripts/licences/make-third-party.ts";
import { packFiles, THIRD_PARTY } from "./scripts/pack-files.ts";
import { makeRelease } from "./scripts/release/make-release.ts";
import { PLATFORMS, platformOf } from "./scripts/release/platforms.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    all: { type: "boolean" },
    target: { type: "string", multiple: true, default: [] },
    // Bun for the target: only the executable then.
    runtime: { type: "string" },
  },
});
// First of all: what may not be given away is not built.
await Bun.write(join(import.meta.dir, THIRD_PARTY), await makeThirdParty());

const platforms = values.all ? PLATFORMS : values.target.map(platformOf);
if (platforms.length > 0 && values.runtime === undefined) {
  await makeRelease(platforms, join(import.meta.dir, "dist"));
  process.exit(0);
}
const outfile = positionals[0] ?? join(import.meta.dir, "dist", "bbj-ingest-all");
const [platform] = platforms;

const result = await Bun.build({
  ...BUNDLE,
  bytecode: true,
  compile: {
    outfile,
    ...(platform && values.runtime !== undefined && { target: platform.target, executablePath: values.runtime }),
    // Found beside the program's modules under the last of its names.
    assets: [await packFiles(join(import.meta.dir, "dist"))],
    // The user's folder may hold a .env or bunfig.toml of another project; it is not ours to obey.
    autoloadDotenv: false,
    autoloadBunfig: false,
    // The end of the runtime's own options: what BUN_OPTIONS adds to them (--preload, --inspect ...) is none.
    execArgv: ["--"],
  },
});
for (const message of result.logs) console.error(message);
if (!result.success) process.exit(1);
console.log(`built ${outfile} (${(Bun.file(outfile).size / 1e6).toFixed(0)} MB)`);
