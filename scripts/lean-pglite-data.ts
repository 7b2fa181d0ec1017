import { join } from "node:path";

/** PGlite's folder in the project. */
export const PGLITE = "node_modules/@electric-sql/pglite/dist";

/** Where a file is in `pglite.data`, as PGlite's code tells it, minified. */
const ENTRY = /filename:"(\/pglite\/[^"]+)",start:([\de]+),end:([\de]+)/g;

/**
 * What only `initdb` reads, what extensions are compiled with, conversions for clients that do not speak UTF-8, and
 * replication: half of it when packed.
 */
const UNUSED = new RegExp(
  [
    "share/postgresql/(postgres\\.bki|(information_schema|system_\\w+|snowball_create)\\.sql|sql_features\\.txt|errcodes\\.txt|.*\\.sample)$",
    "lib/postgresql/(pgxs/|\\w+_and_\\w+\\.so|euc2004_sjis2004\\.so|libpqwalreceiver\\.so|pgoutput\\.so)",
  ]
    .map((below) => `^/pglite/${below}`)
    .join("|"),
);

/** `pglite.data` with zeros in place of the files that the executable never reads. Throws when it finds no such file. */
export async function leanPgliteData(): Promise<Uint8Array> {
  const folder = join(import.meta.dir, "..", PGLITE);
  const data = await Bun.file(join(folder, "pglite.data")).bytes();
  let unused = 0;
  for (const name of new Bun.Glob("*.js").scanSync({ cwd: folder })) {
    for (const [, path = "", start, end] of (await Bun.file(join(folder, name)).text()).matchAll(ENTRY)) {
      if (!UNUSED.test(path)) continue;
      data.fill(0, Number(start), Number(end));
      unused++;
    }
  }
  if (unused === 0)
    throw new Error("PGlite's code does not tell what is in pglite.data: see scripts/lean-pglite-data.ts");
  return data;
}
