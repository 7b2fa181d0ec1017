import { basename, join } from "node:path";
import { z } from "zod";

const PROJECT = join(import.meta.dir, "../..");
const LINE_FEED = 10;

/** The folder of packed files, beside the program's modules in the executable. */
export const PACKED = "packed";

/** The first line of a packed folder, as JSON: its files with their bytes, which come after it in this order. */
export const folderContents = z.array(z.tuple([z.string(), z.int()]));

/**
 * The bytes of a file that the program brings along, named by its path in the project. In the executable it is packed
 * (zstd) under its last name; from source it is read as it is.
 */
export async function packedFile(path: string): Promise<Uint8Array> {
  return Bun.isStandaloneExecutable ? unpacked(path) : Bun.file(join(PROJECT, path)).bytes();
}

/**
 * The files of a folder that the program brings along, by their names. In the executable they are packed together, and
 * unpacked when the first of them is read. What reads throws when there is no such file.
 */
export function packedFolder(path: string): (name: string) => Promise<Uint8Array> {
  let files: Promise<ReadonlyMap<string, Uint8Array>> | undefined;
  return async (name) => {
    if (!Bun.isStandaloneExecutable) return Bun.file(join(PROJECT, path, name)).bytes();
    files ??= unpacked(path).then(filesOf);
    const bytes = (await files).get(name);
    if (bytes === undefined) throw new Error(`no file ${name} in ${path}`);
    return bytes;
  };
}

async function unpacked(path: string): Promise<Uint8Array> {
  const packed = await Bun.file(join(import.meta.dir, PACKED, `${basename(path)}.zst`)).bytes();
  return Bun.zstdDecompress(packed);
}

/** Each with bytes of its own: who gets them may give them away. */
function filesOf(folder: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const end = folder.indexOf(LINE_FEED);
  const contents = folderContents.parse(JSON.parse(Buffer.from(folder.subarray(0, end)).toString()));
  let at = end + 1;
  return new Map(contents.map(([name, length]) => [name, folder.slice(at, (at += length))]));
}
