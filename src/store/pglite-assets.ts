import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
// By path: the packages do not export these files. In the executable each is a path into its own file system.
import initdbWasm from "../../node_modules/@electric-sql/pglite/dist/initdb.wasm" with { type: "file" };
import pgliteData from "../../node_modules/@electric-sql/pglite/dist/pglite.data" with { type: "file" };
import pgliteWasm from "../../node_modules/@electric-sql/pglite/dist/pglite.wasm" with { type: "file" };
import vectorBundle from "../../node_modules/@electric-sql/pglite-pgvector/dist/vector.tar.gz" with { type: "file" };

/** Opens PGlite with pgvector on a directory. Its files are looked up by URL, which fails compiled: so they are passed in. */
export async function openPglite(dataDir: string) {
  const [{ PGlite }, { vector }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("@electric-sql/pglite-pgvector"),
  ]);
  // The loader of extensions uses createReadStream, which knows no files inside an executable.
  const unpacked = await mkdtemp(join(tmpdir(), "bbj-ingest-all-"));
  try {
    const bundle = join(unpacked, "vector.tar.gz");
    await Bun.write(bundle, Bun.file(vectorBundle));
    const [pgliteWasmModule, initdbWasmModule] = await Promise.all([compile(pgliteWasm), compile(initdbWasm)]);
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
            bundlePath: pathToFileURL(bundle),
          }),
        },
      },
    });
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}

async function compile(path: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await Bun.file(path).arrayBuffer());
}
