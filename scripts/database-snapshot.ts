import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import type { z } from "zod";
import { openPglite } from "../src/store/driver/pglite-assets.ts";
import { PAGE_BYTES, type snapshotContents } from "../src/store/driver/snapshot.ts";

/** Of no use to a server that starts: it makes them anew. */
const REMADE = new Set(["pg_internal.init", "postmaster.opts", "postmaster.pid"]);

/** Of PostgreSQL 18's `ControlFileData`. */
const CONTROL_FILE = "global/pg_control";
const STATE_AT = 16;
const SHUT_DOWN = 1;
const CHECKPOINT_AT = 32;
const REDO_AT = 40;

const LOG = "pg_wal/";
const SEGMENT_BYTES = 16_777_216;

const TEMPLATES = "select datname from pg_database where datname <> current_database()";

type Contents = z.infer<typeof snapshotContents>;

/** A database with pgvector as `initdb` makes it, without templates, for `unpackSnapshot`. Takes 4 s of processor time and 900 MB. */
export async function makeSnapshot(): Promise<Uint8Array> {
  const directory = mkdtempSync(join(tmpdir(), "bbj-ingest-all-"));
  try {
    const pglite = await openPglite(directory);
    await pglite.query("create extension vector");
    // Nobody makes a database beside it, and each is 300 files.
    await pglite.query("update pg_database set datistemplate = false");
    for (const { datname } of (await pglite.query<{ datname: string }>(TEMPLATES)).rows)
      await pglite.query(`drop database ${datname}`);
    await pglite.close();
    return packSnapshot(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The snapshot of a data directory whose server has stopped. */
export function packSnapshot(directory: string): Uint8Array<ArrayBuffer> {
  const log = checkpointOf(readFileSync(join(directory, CONTROL_FILE)));
  const contents: Contents = { folders: [], files: [] };
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => ({
    name: basename(entry.name),
    path: relative(directory, join(entry.parentPath, entry.name)),
    isFolder: entry.isDirectory(),
  }));
  // By name: the databases of a new cluster have the same files, and what differs packs well side by side.
  entries.sort((one, other) => compare(one.name, other.name) || compare(one.path, other.path));
  contents.folders = entries.flatMap(({ path, isFolder }) => (isFolder ? [path] : [])).sort();
  const pages = new PageStore();
  for (const { path, name, isFolder } of entries) {
    if (isFolder || REMADE.has(name)) continue;
    const bytes = readFileSync(join(directory, path));
    if (path.startsWith(LOG)) bytes.fill(0, PAGE_BYTES, log - (log % PAGE_BYTES));
    contents.files.push({ path, size: bytes.length, pieces: pages.piecesOf(bytes) });
  }
  return Buffer.concat([Buffer.from(`${JSON.stringify(contents)}\n`), ...pages.stored]);
}

type Piece = Contents["files"][number]["pieces"][number];

/** Pages, each once. */
class PageStore {
  readonly stored: Uint8Array[] = [];
  readonly #places = new Map<string, number>();
  #bytes = 0;

  /** The pages of a file that are not zeros, neighbours together where they were stored as neighbours. */
  piecesOf(file: Buffer): Piece[] {
    const pieces: Piece[] = [];
    for (let from = 0; from < file.length; from += PAGE_BYTES) {
      const page = file.subarray(from, from + PAGE_BYTES);
      if (page.every((byte) => byte === 0)) continue;
      const place = this.#placeOf(page);
      const last = pieces.at(-1);
      if (last !== undefined && last[0] + last[2] === from && last[1] + last[2] === place) last[2] += page.length;
      else pieces.push([from, place, page.length]);
    }
    return pieces;
  }

  #placeOf(page: Buffer): number {
    const content = page.toString("latin1");
    const known = this.#places.get(content);
    if (known !== undefined) return known;
    const place = this.#bytes;
    this.#places.set(content, place);
    this.stored.push(page);
    this.#bytes += page.length;
    return place;
  }
}

/**
 * Where in the one segment of its log the last checkpoint is. What stands before it was played, but for the page that
 * says whose segment it is. Throws when the server was not shut down, or its log has gone on to another segment.
 */
function checkpointOf(control: Buffer): number {
  const [checkpoint, redo] = [control.readBigUInt64LE(CHECKPOINT_AT), control.readBigUInt64LE(REDO_AT)];
  const place = Number(checkpoint) - SEGMENT_BYTES;
  if (control.readUInt32LE(STATE_AT) === SHUT_DOWN && checkpoint === redo && place > 0 && place < SEGMENT_BYTES)
    return place;
  throw new Error("the server of a snapshot must have been shut down, and its log have one segment");
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
