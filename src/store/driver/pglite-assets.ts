import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PGlite } from "@electric-sql/pglite";
import { packedFile } from "../../flow/packed-file.ts";
import { isMissing } from "../../flow/system-reason.ts";
import { unpackSnapshot } from "./snapshot.ts";

const PGLITE = "node_modules/@electric-sql/pglite/dist";
const VECTOR = "node_modules/@electric-sql/pglite-pgvector/dist/vector.tar.gz";
/** Made by the build. */
const SNAPSHOT = "database.snapshot";

/** Of PostgreSQL's `shared_buffers`, which PGlite fills with zeros when it starts. */
const BUFFERS_MB_MIN = 16;
const BUFFERS_MB_MAX = 128;
const MEGABYTE = 1_048_576;
/** The database "postgres", which PGlite opens. */
const POSTGRES = join("base", "5");

/** A module of WebAssembly with nothing in it: its magic number and version. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/**
 * Makes PostgreSQL's data directory in an empty folder: in the executable from what `initdb` made when it was built, with
 * an identity of its own. From source `initdb` makes it, in 4 s of processor time and 900 MB.
 */
export async function makeDataDirectory(dataDir: string): Promise<void> {
  if (Bun.isStandaloneExecutable) unpackSnapshot(await packedFile(SNAPSHOT), dataDir);
  else await (await openPglite(dataDir)).close();
}

/**
 * Opens PGlite with pgvector on a data directory; from source it runs `initdb` in an empty one. It would look its files up
 * by URL, which fails in the executable: so they are passed in.
 */
export async function openPglite(dataDir: string) {
  const [{ PGlite: Engine }, { vector }, pgliteWasmModule, initdbWasmModule, data, bundle] = await Promise.all([
    import("@electric-sql/pglite"),
    import("@electric-sql/pglite-pgvector"),
    packedFile(`${PGLITE}/pglite.wasm`).then((bytes) => WebAssembly.compile(bytes)),
    initdb(),
    packedFile(`${PGLITE}/pglite.data`),
    packedFile(VECTOR).then((bytes) => new Uint8Array(bytes)),
  ]);
  return Engine.create({
    dataDir,
    startParams: [...Engine.defaultStartParams, "-c", `shared_buffers=${buffersMbOf(dataDir)}MB`],
    pgliteWasmModule,
    initdbWasmModule,
    fsBundle: new Blob([data]),
    extensions: {
      vector: {
        ...vector,
        // It would be read from a file on the disk.
        setup: async (_, options: Partial<PGlite["Module"]>) => ({
          emscriptenOpts: {
            ...options,
            preRun: [
              ...(options.preRun ?? []),
              (module: PGlite["Module"]) => {
                module.pg_extensions = { vector: Promise.resolve(new Blob([Bun.gunzipSync(bundle)])) };
              },
            ],
          },
        }),
      },
    },
  });
}

/** As much as there is to be read. A first load is no slower with few of them. */
function buffersMbOf(dataDir: string): number {
  const database = join(dataDir, POSTGRES);
  let bytes = 0;
  for (const name of filesIn(database)) bytes += statSync(join(database, name)).size;
  return Math.min(BUFFERS_MB_MAX, Math.max(BUFFERS_MB_MIN, Math.ceil(bytes / MEGABYTE)));
}

/** None where `initdb` is still to run. */
function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** The executable has none, for it never needs it; but PGlite would look for one. */
async function initdb(): Promise<WebAssembly.Module> {
  const bytes = Bun.isStandaloneExecutable ? EMPTY_MODULE : await packedFile(`${PGLITE}/initdb.wasm`);
  return WebAssembly.compile(bytes);
}
