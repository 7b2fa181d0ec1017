import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { z } from "zod";
import { version as pgliteVersion } from "../node_modules/@electric-sql/pglite/package.json";
import { version as pdfjsVersion } from "../node_modules/pdfjs-dist/package.json";
import { type folderContents, PACKED } from "../src/flow/packed-file.ts";
import { NOT_BROUGHT } from "../src/parsers/pdf/brought-along.ts";
import { makeSnapshot } from "./database-snapshot.ts";
import { leanPgliteData, PGLITE } from "./lean-pglite-data.ts";

const PROJECT = join(import.meta.dir, "..");
const MODEL = "src/embed/builtin/model";
const RUNTIME = "node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm";

/** Of zstd: half a minute of processor time for all files together, a tenth smaller than what takes a second. */
const LEVEL = 19;
/** Of weights, which no effort makes smaller. */
const LEVEL_OF_WEIGHTS = 3;

/** The packed files that only `--embedder builtin` needs. */
export const PACKED_MODEL = [RUNTIME, `${MODEL}/tokenizer.json`, `${MODEL}/model.onnx`].map(
  (path) => `${basename(path)}.zst`,
);

/** What makes the folder, beside the files; and what says how a snapshot is written. */
const MADE_BY = [
  "scripts/pack-files.ts",
  "scripts/database-snapshot.ts",
  "scripts/lean-pglite-data.ts",
  "src/store/driver/snapshot.ts",
  "src/store/driver/pglite-assets.ts",
  "src/parsers/pdf/brought-along.ts",
];
const KEY_DIGITS = 16;

type Packed = {
  readonly name: string;
  readonly level: number;
  readonly bytes: () => Promise<Uint8Array>;
  /** Where it is in the project, if it is one file of it. */
  readonly path?: string;
};

/** Where the build writes it, for the release, too. */
export const THIRD_PARTY = "dist/THIRD-PARTY.txt";

const FILES: readonly Packed[] = [
  file(THIRD_PARTY),
  file(`${PGLITE}/pglite.wasm`),
  { ...file(`${PGLITE}/pglite.data`), bytes: leanPgliteData },
  file("node_modules/@electric-sql/pglite-pgvector/dist/vector.tar.gz"),
  file(RUNTIME),
  file(`${MODEL}/tokenizer.json`),
  file(`${MODEL}/model.onnx`, LEVEL_OF_WEIGHTS),
  { name: "database.snapshot", level: LEVEL, bytes: makeSnapshot },
  folder("node_modules/pdfjs-dist/cmaps"),
  folder("node_modules/pdfjs-dist/standard_fonts"),
];

/**
 * The folder of what the executable brings along, packed for `packedFile`. Kept in `below` until what it is made of
 * changes, since it takes 20 s; former ones go.
 */
export async function packFiles(below: string): Promise<string> {
  const kept = join(below, `packed-${await keyOf()}`);
  if (!existsSync(kept)) {
    const aside = `${kept}-${process.pid}`;
    mkdirSync(join(aside, PACKED), { recursive: true });
    try {
      await Promise.all(
        FILES.map(async ({ name, level, bytes }) => {
          const packed = await Bun.zstdCompress(await bytes(), { level });
          await Bun.write(join(aside, PACKED, `${name}.zst`), packed);
        }),
      );
      for (const former of readdirSync(below))
        if (/^packed-\w+$/.test(former)) rmSync(join(below, former), { recursive: true });
      renameSync(aside, kept);
    } finally {
      rmSync(aside, { recursive: true, force: true });
    }
  }
  return join(kept, PACKED);
}

function file(path: string, level = LEVEL): Packed {
  return { name: basename(path), level, path, bytes: () => Bun.file(join(PROJECT, path)).bytes() };
}

function folder(path: string): Packed {
  return {
    name: basename(path),
    level: LEVEL,
    async bytes() {
      const names = readdirSync(join(PROJECT, path))
        .filter((name) => !NOT_BROUGHT.test(name))
        .sort();
      const files = await Promise.all(names.map((name) => Bun.file(join(PROJECT, path, name)).bytes()));
      const contents: z.infer<typeof folderContents> = names.map((name, index) => [name, files[index]?.length ?? 0]);
      return Buffer.concat([Buffer.from(`${JSON.stringify(contents)}\n`), ...files]);
    },
  };
}

/** Of all that decides what is in the folder. */
async function keyOf(): Promise<string> {
  const hasher = new Bun.CryptoHasher("sha256");
  hasher.update(`${Bun.version} ${pgliteVersion} ${pdfjsVersion}`);
  for (const path of [...MADE_BY, ...FILES.flatMap(({ path: from }) => from ?? [])])
    hasher.update(await Bun.file(join(PROJECT, path)).bytes());
  return hasher.digest("hex").slice(0, KEY_DIGITS);
}
