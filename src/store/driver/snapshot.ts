import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { giveIdentity } from "./cluster-identity.ts";

const LINE_FEED = 10;
const ZEROS = new Uint8Array(1_048_576);

/**
 * The first line of a snapshot, as JSON. After it come the bytes of its files, each up to its last one that is not zero:
 * most of PostgreSQL's log is zeros, and they must be on the disk all the same, for it does not expect to find none left.
 */
export const snapshotContents = z.object({
  /** Parents first. */
  folders: z.array(z.string()),
  files: z.array(z.object({ path: z.string(), size: z.int(), stored: z.int() })),
});

/** Makes a data directory of its own out of a snapshot, in a folder that is empty. */
export function unpackSnapshot(snapshot: Uint8Array, directory: string): void {
  const end = snapshot.indexOf(LINE_FEED);
  const { folders, files } = snapshotContents.parse(JSON.parse(Buffer.from(snapshot.subarray(0, end)).toString()));
  for (const folder of folders) mkdirSync(join(directory, folder));
  let at = end + 1;
  for (const { path, size, stored } of files) {
    writeNew(join(directory, path), snapshot.subarray(at, at + stored), size);
    at += stored;
  }
  giveIdentity(directory);
}

function writeNew(path: string, bytes: Uint8Array, size: number): void {
  const file = openSync(path, "wx");
  try {
    writeAll(file, bytes);
    for (let left = size - bytes.length; left > 0; left -= ZEROS.length) writeAll(file, ZEROS.subarray(0, left));
  } finally {
    closeSync(file);
  }
}

/** A disk that gets full takes a part of what it is given. */
function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
