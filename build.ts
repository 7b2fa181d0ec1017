// Builds dist/bbj-ingest-all, one file that needs nothing beside it. `bun build.ts [OUTFILE]`
import { join } from "node:path";
import { BUNDLE } from "./scripts/bundle.ts";
import { makeThirdParty } from "./scripts/licences/make-third-party.ts";
import { packFiles, THIRD_PARTY } from "./scripts/pack-files.ts";

const outfile = process.argv[2] ?? join(import.meta.dir, "dist", "bbj-ingest-all");
// First of all: what may not be given away is not built.
await Bun.write(join(import.meta.dir, THIRD_PARTY), await makeThirdParty());

const result = await Bun.build({
  ...BUNDLE,
  bytecode: true,
  compile: {
    outfile,
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
