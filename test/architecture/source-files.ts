import { dirname, join, posix } from "node:path";

export const PROJECT = join(import.meta.dir, "../..");

/** A TypeScript file of the project. */
export type SourceFile = {
  /** From the folder that was read, with `/`. */
  readonly path: string;
  /** What it imports from the same folder, static, dynamic and types alike. */
  readonly imports: readonly string[];
  /** Names of packages and of what the runtime has built in. */
  readonly packages: readonly string[];
  readonly text: string;
  /** What runs of it: without comments and types. */
  readonly code: string;
};

const IMPORT = /^(?:import|export)\b[^;"]*?"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

/** Every file below `folder` of the project, by path. */
export async function sourceFiles(folder: string): Promise<SourceFile[]> {
  const root = join(PROJECT, folder);
  const paths = [...new Bun.Glob("**/*.ts").scanSync({ cwd: root })].sort();
  const transpiler = new Bun.Transpiler({ loader: "ts", target: "bun" });
  return Promise.all(
    paths.map(async (path) => {
      const text = await Bun.file(join(root, path)).text();
      const specifiers = [...text.matchAll(IMPORT)].map(([, whole, dynamic]) => whole ?? dynamic ?? "");
      const relative = specifiers.filter((name) => name.startsWith("."));
      return {
        path,
        imports: relative.map((name) => posix.join(dirname(path), name)),
        packages: specifiers.filter((name) => !name.startsWith(".")),
        text,
        code: path.endsWith(".d.ts") ? "" : transpiler.transformSync(text),
      };
    }),
  );
}
