import { dirname, join } from "node:path";
import { describe, expect, test } from "bun:test";
import { PROJECT, type SourceFile, sourceFiles } from "./source-files.ts";

const files = await sourceFiles("src");
/** Files beside the folders: what is started. */
const STARTED = "cli.ts";
const layers = await layersOfTheBook();

describe("the layers of src/", () => {
  test("are the folders that ARCHITECTURE.md names", () => {
    expect([...new Set(files.map(({ path }) => layerOf(path)))].sort()).toEqual(layers.toSorted());
  });

  test("import only what stands to their left, types included", () => {
    const isBackward = (from: string, to: string) => layers.indexOf(layerOf(to)) > layers.indexOf(layerOf(from));
    expect(importsWhere(isBackward)).toEqual([]);
  });

  test("have no circle of folders, inside of a layer neither", () => {
    const folders = new Map<string, Set<string>>();
    for (const { path, imports } of files) {
      const from = dirname(path);
      const others = imports.map((name) => dirname(name)).filter((to) => !isInside(from, to) && !isInside(to, from));
      folders.set(from, new Set([...(folders.get(from) ?? []), ...others]));
    }
    const circles = [...folders.keys()].filter((folder) => reached(folder, folders).has(folder));
    expect(importsWhere((from, to) => isOfCircle(dirname(from), dirname(to), circles, folders))).toEqual([]);
  });
});

describe("what only one place does", () => {
  /** Each with the files that may; why, where it does not go without saying. */
  const RULES: readonly { what: string; code: RegExp; may: RegExp }[] = [
    { what: "read the environment", code: /\b(process|Bun|import\.meta)\.env\b/, may: /^config\// },
    { what: "read the arguments", code: /\b(process|Bun)\.argv\b/, may: /^cli\.ts$/ },
    { what: "end the process", code: /\bprocess\.(exit|abort)\(|\bprocess\.exitCode\b/, may: /^cli\.ts$/ },
    {
      what: "ask for the time, or wait for it",
      code: /\b(setTimeout|setInterval|Date\.now|performance\.now|Bun\.(sleep\w*|nanoseconds)|AbortSignal\.timeout)\(|\bnew Date\(\)/,
      may: /^flow\/clock\.ts$/,
    },
    {
      // All others ask for one by `Call`: whole, and quoted for a shell. Help and completions are of no call.
      what: "write a command line of this program",
      code: /\bbbj-ingest-all"? *(--?[a-z]|(ingest|search|parse|report|remove)\b)|: bbj-ingest-all["`]|\$\{PROGRAM\} |^(?!.*\.again\().*\b(run( it)? (again|with|without)|again|re-run)\b[^"`]*[ }]--[a-z-]+(?![a-z-]|:$)/i,
      may: /^(config\/(call|commands|flag-table)\.ts$|commands\/(help|completions)\/)/,
    },
    {
      // The page cache is a SQLite file of its own, beside the corpus.
      what: "speak SQL",
      code: /["'`]\s*(select|insert into|delete from|update \w+ set|(create|alter|drop) (\w+ )?(table|index|extension))\b|\bsql`/i,
      may: /^(store\/|parsers\/web\/page-cache\.ts$)/,
    },
  ];

  test.each(RULES.map((rule) => [rule.what, rule] as const))("to %s", (_, { code, may }) => {
    const found = files.filter(({ path }) => !may.test(path)).flatMap((file) => linesOf(file, code));
    expect(found).toEqual([]);
  });

  test("to speak to a database", () => {
    const drivers = /^(bun:sqlite|pgvector.*|@electric-sql\/.*)$/;
    const found = files.filter(
      ({ path, packages, imports, code }) =>
        !/^(store\/|parsers\/web\/page-cache\.ts$)/.test(path) &&
        (packages.some((name) => drivers.test(name)) ||
          imports.some((name) => /^store\/.*\bsql\.ts$/.test(name)) ||
          /\bnew (Bun\.)?SQL\(/.test(code)),
    );
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

/** The folders from left to right, and `cli.ts` at the end. */
async function layersOfTheBook(): Promise<string[]> {
  const line = /^flow < .*$/m.exec(await Bun.file(join(PROJECT, "ARCHITECTURE.md")).text());
  return line?.[0].split(" < ") ?? [];
}

function layerOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : STARTED;
}

function importsWhere(isWrong: (from: string, to: string) => boolean): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter((name) => isWrong(path, name)).map((name) => `${path} -> ${name}`),
  );
}

function isInside(folder: string, other: string): boolean {
  return folder === other || folder.startsWith(`${other}/`) || other === ".";
}

function reached(folder: string, folders: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  const found = new Set<string>();
  const open = [...(folders.get(folder) ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(folders.get(next) ?? []));
  }
  return found;
}

/** Whether an import from one folder of a circle to another is a part of it. */
function isOfCircle(
  from: string,
  to: string,
  circles: readonly string[],
  folders: ReadonlyMap<string, ReadonlySet<string>>,
): boolean {
  if (isInside(from, to) || isInside(to, from)) return false;
  return circles.includes(from) && reached(to, folders).has(from);
}

function linesOf({ path, code }: SourceFile, pattern: RegExp): string[] {
  const lines = code.split("\n").filter((line) => pattern.test(line));
  return lines.map((line) => `${path}: ${line.trim()}`);
}
