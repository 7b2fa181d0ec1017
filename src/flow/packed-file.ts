import { basename, join } from "node:path";

const PROJECT = join(import.meta.dir, "../..");

/** The folder of packed files, beside the program's modules in the executable. */
export const PACKED = "packed";

/**
 * The bytes of a file that the program brings along, named by its path in the project. In the executable it is packed
 * (zstd) under its last name; from source it is read as it is.
 */
export async function packedFile(path: string): Promise<Uint8Array> {
  if (!Bun.isStandaloneExecutable) return Bun.file(join(PROJECT, path)).bytes();
  const packed = await Bun.file(join(import.meta.dir, PACKED, `${basename(path)}.zst`)).bytes();
  return Bun.zstdDecompress(packed);
}
