import { IngestError } from "../../src/flow/errors.ts";
import type { Database, Transaction } from "../../src/store/driver/database.ts";

/** Where a fault can strike: before a statement of a transaction, or after its COMMIT, whose answer is lost. */
export type Point = { readonly kind: "statement"; readonly text: string } | { readonly kind: "committed" };

/** A database that tells `at` of every point its transactions come to; what `at` throws is the failure there. */
export function faultyDatabase(database: Database, at: (point: Point) => void): Database {
  return {
    description: database.description,
    indexMemoryMbMax: database.indexMemoryMbMax,
    hasOtherReaders: database.hasOtherReaders,
    exists: () => database.exists(),
    create: () => database.create(),
    lock: (requests) => database.lock(requests),
    release: (requests) => database.release(requests),
    watchIndexBuild: (table, onShare) => database.watchIndexBuild(table, onShare),
    cancel: () => database.cancel(),
    isWanted: () => database.isWanted(),
    close: () => database.close(),
    query: (statement) => database.query(statement),
    begin: async (work) => {
      const result = await database.begin((tx) => work(faultyTransaction(tx, at)));
      at({ kind: "committed" });
      return result;
    },
  };
}

/** Fails the `n`th point, from 1, as a lost connection does. */
export function failingAt(n: number): { at(): void } {
  let points = 0;
  return {
    at() {
      if (++points === n) throw new IngestError("connection lost", { decision: "retry", code: "database_lost" });
    },
  };
}

function faultyTransaction(tx: Transaction, at: (point: Point) => void): Transaction {
  return {
    async query(statement) {
      at({ kind: "statement", text: statement.text });
      return tx.query(statement);
    },
    async copyIn(table, columns, bytes) {
      at({ kind: "statement", text: `copy ${table}` });
      return tx.copyIn(table, columns, bytes);
    },
  };
}
