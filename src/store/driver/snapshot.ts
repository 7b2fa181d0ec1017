import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { giveIdentity } from "./cluster-identity.ts";

const LINE_FEED = 10;
const ZEROS = new Uint8Array(1_048_576);

/** What a new cluster is measured in: its files are pages, or as good as empty. */
export const PAGE_BYTES = 8_192;

/**
 * The first line of a snapshot, as JSON. After it come the pages of its files that are not zeros, each once: databases of
 * a new cluster are copies of each other, and most of its log is zeros.
 */
export const snapshotContents = z.object({
  /** Parents first. */
  folders: z.array(z.string()),
  files: z.array(
    z.object({
      path: z.string(),
      size: z.int(),
      /** Where in the file, where after the first line, and how many bytes; in order. */
      pieces: z.array(z.tuple([z.int(), z.int(), z.int()])),
    }),
  ),
});

/** Makes a data directory of its own out of a snapshot, in a folder that is empty. */
export function unpackSnapshot(snapshot: Uint8Array, directory: string): void {
  const end = snapshot.indexOf(LINE_FEED);
  const { folders, files } = snapshotContents.parse(JSON.parse(Buffer.from(snapshot.subarray(0, end)).toString()));
  const pages = snapshot.subarray(end + 1);
  for (const folder of folders) mkdirSync(join(directory, folder));
  for (const { path, size, pieces } of files) {
    const file = openSync(join(directory, path), "wx");
    try {
      let at = 0;
      for (const [from, place, length] of pieces) {
        writeZeros(file, from - at);
        writeAll(file, pages.subarray(place, place + length));
        at = from + length;
      }
      writeZeros(file, size - at);
    } finally {
      closeSync(file);
    }
  }
  giveIdentity(directory);
}

/** A hole would be no space that is taken, and PostgreSQL does not expect to find none left in its log. */
function writeZeros(file: number, bytes: number): void {
  for (let left = bytes; left > 0; left -= ZEROS.length) writeAll(file, ZEROS.subarray(0, left));
}

/** A disk that gets full takes a part of what it is given. */
function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
