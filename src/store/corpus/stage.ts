import { z } from "zod";
import { BinaryCopy } from "../driver/copy-binary.ts";
import type { Queryable, Statement, Transaction } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { columns, constant, ident, list, sql } from "../driver/sql.ts";
import type { ChunkRow, DocumentWrite } from "../store.ts";
import { STAGED } from "./chunk-columns.ts";
import type { Tables } from "./tables.ts";

/** The temporary table of a transaction, with the rows as they are to be. */
export const STAGE = "stage";
export const STAGED_NAMES = STAGED.map(({ name }) => name);
const nameShape = z.object({ name: z.string() });

/**
 * Stages the rows of the documents in a table with the columns of `chunks`, and returns how many they are. A null vector
 * says that the row is there already.
 */
export async function stageRows(
  tx: Transaction,
  chunks: Statement,
  writes: readonly DocumentWrite[],
  embeddingModel: string,
): Promise<number> {
  const copy = new BinaryCopy();
  for (const write of writes) {
    for (const row of distinct(write.rows)) {
      const chunk = { ...write, ...row, embeddingModel };
      copy.row(STAGED.length);
      for (const { encode } of STAGED) encode(copy, chunk);
    }
  }
  // As select, for `like ... including defaults` would tie it to the sequence.
  await tx.query(sql`
    create temp table ${ident(STAGE)} on commit drop as
    select ${columns(STAGED_NAMES)} from ${chunks} c with no data`);
  await tx.copyIn(STAGE, STAGED_NAMES, copy.finish());
  return countRows(writes);
}

/** How many rows of `chunks` stand for the documents. */
export function countRows(writes: readonly DocumentWrite[]): number {
  return writes.reduce((sum, { rows }) => sum + new Set(rows.map(({ chunk }) => chunk.contentHash)).size, 0);
}

/** The table as a migration will leave it, for a run that may not migrate: what it lacks has its default. */
export async function inNewestSchema(tx: Queryable, { chunks }: Tables): Promise<Statement> {
  const found = await allRows(tx, nameShape)`
    select attname::text as name from pg_attribute where attrelid = ${chunks}::text::regclass and not attisdropped`;
  const names = new Set(found.map(({ name }) => name));
  const staged = STAGED.map(({ name, type, default: initial = "null" }) =>
    names.has(name) ? ident(name) : sql`${constant(`${initial}::${type}`)} as ${ident(name)}`,
  );
  return sql`(select id, ${list(staged)} from ${ident(chunks)})`;
}

/** Equal text twice in one document is one row, at its first position. */
function distinct(rows: readonly ChunkRow[]): Iterable<ChunkRow> {
  const byHash = new Map<string, ChunkRow>();
  for (const row of rows) {
    const other = byHash.get(row.chunk.contentHash);
    if (other === undefined) byHash.set(row.chunk.contentHash, row);
    else {
      const first = other.chunk.chunkIndex <= row.chunk.chunkIndex ? other : row;
      byHash.set(row.chunk.contentHash, { ...first, vector: other.vector ?? row.vector });
    }
  }
  return byHash.values();
}
