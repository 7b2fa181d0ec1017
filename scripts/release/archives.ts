import { packTar } from "modern-tar";
import { arrayBuffer } from "node:stream/consumers";
import { ZipFile } from "yazl";

/** A file of an archive. */
export type Member = { readonly name: string; readonly mode: number; readonly bytes: Uint8Array };

/** All members are of one moment, so that the same files make the same archive: the first one that a .zip can tell. */
const YEAR = 1980;
const LEVEL = 9;

/** A .tar.gz of the members in their order. */
export async function tarGz(members: readonly Member[]): Promise<Uint8Array<ArrayBuffer>> {
  const mtime = new Date(Date.UTC(YEAR, 0));
  const entries = members.map(({ name, mode, bytes }) => ({
    header: { name, mode, mtime, size: bytes.length },
    body: bytes,
  }));
  return Bun.gzipSync(await packTar(entries), { level: LEVEL });
}

/** A .zip of the members in their order. */
export async function zip(members: readonly Member[]): Promise<Uint8Array<ArrayBuffer>> {
  const file = new ZipFile();
  // It tells local time, so this is the same everywhere.
  const kept = { mtime: new Date(YEAR, 0), forceDosTimestamp: true, compressionLevel: LEVEL };
  for (const { name, mode, bytes } of members)
    file.addBuffer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), name, { ...kept, mode });
  file.end();
  return new Uint8Array(await arrayBuffer(file.outputStream));
}
