import { join } from "node:path";
import type { BunPlugin } from "bun";
import { PGLITE } from "./lean-pglite-data.ts";

/** Emscripten's code around one program of WebAssembly, minified, from its name to its end. */
const PROGRAM = /async function ([\w$]+)\(moduleArg=\{\}\)\{.*?await createWasm\(\),await run\(\).*?,Module\}/gs;
const INITDB = "initdb.wasm";

/** Leaves out of PGlite's code what runs `initdb`: the executable unpacks what that has made. */
export const leanPglite: BunPlugin = {
  name: "lean-pglite",
  async setup(build) {
    const { name, contents } = await withoutInitdb(join(import.meta.dir, "..", PGLITE));
    build.onLoad(
      { filter: new RegExp(`[\\\\/]@electric-sql[\\\\/]pglite[\\\\/]dist[\\\\/]${RegExp.escape(name)}$`) },
      () => ({
        contents,
        loader: "js",
      }),
    );
  },
};

/** The file of a folder that runs `initdb`, without that. Throws when it finds not exactly one. */
export async function withoutInitdb(folder: string): Promise<{ readonly name: string; readonly contents: string }> {
  const found: { name: string; contents: string }[] = [];
  for (const name of new Bun.Glob("chunk-*.js").scanSync({ cwd: folder })) {
    const code = await Bun.file(join(folder, name)).text();
    const contents = code.replace(PROGRAM, (whole, runs: string) =>
      whole.includes(INITDB) ? `function ${runs}(){throw new Error("lean-pglite.ts has left initdb out")}` : whole,
    );
    if (contents !== code) found.push({ name, contents });
  }
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw new Error("PGlite's code does not run initdb as it did: see scripts/lean-pglite.ts");
  return only;
}
