import { beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packSnapshot } from "../../scripts/database-snapshot.ts";
import { unpackSnapshot } from "../../src/store/driver/snapshot.ts";
import { openStore } from "../../src/store/open-store.ts";
import { written } from "../support/documents.ts";
import { embeddedChoice, IDENTITY, makeEmbedded } from "../support/databases.ts";
import { clusterOf } from "../support/cluster.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const INITDB_MS_MAX = 60_000;

describe("a snapshot of a new database", () => {
  let snapshot: Uint8Array;

  beforeAll(async () => {
    using directory = temporaryDirectory();
    await makeEmbedded(directory.path);
    snapshot = packSnapshot(join(directory.path, "data"));
  }, INITDB_MS_MAX);

  /** An embedded database of its own, below `directory`. */
  function unpacked(directory: string, name: string): string {
    const data = join(directory, name, "data");
    mkdirSync(data, { recursive: true });
    unpackSnapshot(snapshot, data);
    return data;
  }

  test("is the same folders and files, of the same sizes, but for those that a server makes anew", async () => {
    using directory = temporaryDirectory();
    await makeEmbedded(directory.path);
    const listed = (data: string) =>
      readdirSync(data, { recursive: true, withFileTypes: true })
        .filter(({ name }) => name !== "pg_internal.init")
        .map((entry) => join(entry.parentPath, entry.name))
        .map((path) => `${path.slice(data.length)} ${statSync(path).isFile() ? statSync(path).size : "folder"}`)
        .sort();
    expect(listed(unpacked(directory.path, "copy"))).toEqual(listed(join(directory.path, "data")));
  });

  test("takes its space on the disk, zeros included: PGlite never returns when its log finds none left", () => {
    using directory = temporaryDirectory();
    const log = join(unpacked(directory.path, "copy"), "pg_wal");
    for (const entry of readdirSync(log, { withFileTypes: true })) {
      const { size, blocks } = statSync(join(log, entry.name));
      if (entry.isFile()) expect(blocks * 512).toBeGreaterThanOrEqual(size);
    }
  });

  test("gives each copy a system identifier and a nonce of its own, which control file and log agree on", () => {
    using directory = temporaryDirectory();
    const copies = ["one", "other", "third"].map((name) => clusterOf(unpacked(directory.path, name)));
    for (const { identifier, inLog, isWhole } of copies) {
      expect(isWhole).toBe(true);
      expect(inLog).toEqual([identifier]);
      expect(identifier > 0n && identifier < 1n << 63n).toBe(true);
    }
    expect(new Set(copies.map(({ identifier }) => identifier)).size).toBe(3);
    expect(new Set(copies.map(({ nonce }) => nonce)).size).toBe(3);
  });

  test("is a database, which PostgreSQL opens, writes to and opens again", async () => {
    using directory = temporaryDirectory();
    unpacked(directory.path, "copy");
    const choice = embeddedChoice(join(directory.path, "copy"));
    // Its lock is made before all else.
    writeFileSync(join(choice.directory, "lock.db"), "");
    const first = await openStore(choice);
    expect((await first.inspect()).kind).toBe("none");
    await first.prepare(IDENTITY);
    await first.write([written("u", ["a"])]);
    await first.close();
    const second = await openStore(choice);
    expect((await second.loadSource("manual")).documents.size).toBe(1);
    await second.close();
  });

  test("that is damaged where the identity goes is no database", () => {
    using directory = temporaryDirectory();
    const damaged = Uint8Array.from(snapshot);
    const control = readFileSync(join(unpacked(directory.path, "copy"), "global/pg_control"));
    // What follows identifier and versions is the same in each copy.
    const at = Buffer.from(damaged).indexOf(control.subarray(8, 64));
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    const data = join(directory.path, "other");
    mkdirSync(data);
    expect(() => unpackSnapshot(damaged, data)).toThrow("pg_control is damaged");
  });
});
