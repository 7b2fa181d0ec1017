import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fatalError } from "../../flow/errors.ts";
import { systemReason } from "../../flow/system-reason.ts";
// By path: the packages do not export all of these files. In the executable each is a path into its own file system.
import initdbWasm from "../../../node_modules/@electric-sql/pglite/dist/initdb.wasm" with { type: "file" };
import pgliteData from "../../../node_modules/@electric-sql/pglite/dist/pglite.data" with { type: "file" };
import pgliteWasm from "../../../node_modules/@electric-sql/pglite/dist/pglite.wasm" with { type: "file" };
import vectorBundle from "../../../node_modules/@electric-sql/pglite-pgvector/dist/vector.tar.gz" with { type: "file" };

/**
 * Opens PGlite with pgvector on a directory, and runs `initdb` in an empty one. It would look its files up by URL, which
 * fails in the executable: so they are passed in.
 */
export async function openPglite(dataDir: string) {
  const [{ PGlite }, { vector }, pgliteWasmModule, initdbWasmModule, bundle] = await Promise.all([
    import("@electric-sql/pglite"),
    import("@electric-sql/pglite-pgvector"),
    compile(pgliteWasm),
    compile(initdbWasm),
    onDisk(vectorBundle),
  ]);
  try {
    return await PGlite.create({
      dataDir,
      pgliteWasmModule,
      initdbWasmModule,
      fsBundle: Bun.file(pgliteData),
      extensions: {
        vector: {
          ...vector,
          setup: async (pg, emscriptenOpts) => ({
            ...(await vector.setup(pg, emscriptenOpts)),
            bundlePath: pathToFileURL(bundle.path),
          }),
        },
      },
    });
  } finally {
    await bundle.remove();
  }
}

async function compile(path: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await Bun.file(path).arrayBuffer());
}

/** PGlite reads extensions with `createReadStream`, which knows no files inside an executable (Bun 1.4.5). */
async function onDisk(asset: string): Promise<{ readonly path: string; remove(): Promise<void> }> {
  if (!Bun.isStandaloneExecutable) return { path: asset, remove: async () => {} };
  let directory: string | undefined;
  const remove = async () => {
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  };
  try {
    directory = await mkdtemp(join(tmpdir(), "bbj-ingest-all-"));
    const path = join(directory, "vector.tar.gz");
    await Bun.write(path, Bun.file(asset));
    return { path, remove };
  } catch (error) {
    await remove().catch(() => {});
    const message = `the directory for temporary files, ${tmpdir()} (TMPDIR), cannot be written: ${systemReason(error)}`;
    const hint = "set TMPDIR to a directory with 1 MB free: the embedded database unpacks its extension there";
    throw fatalError("temporary_directory", message, hint, error);
  }
}
