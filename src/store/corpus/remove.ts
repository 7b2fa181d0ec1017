import type { Database, Queryable } from "../driver/database.ts";
import { ident, sql } from "../driver/sql.ts";
import type { Tables } from "./tables.ts";
import { takeTurn } from "../driver/transaction-locks.ts";

/** Removes documents with their rows; returns how many rows left. */
export async function removeStoredDocuments(
  tx: Queryable,
  { chunks, documents }: Tables,
  source: string,
  sourceUrls: readonly string[],
): Promise<number> {
  await takeTurn(tx, "index", { shared: true });
  await tx.query(sql`
    delete from ${ident(documents)} where source_name = ${source}::text and source_url = any (${sourceUrls}::text[])`);
  const [removed] = await tx.query<{ count: number }>(sql`
    with removed as (
      delete from ${ident(chunks)} where source_name = ${source}::text and source_url = any (${sourceUrls}::text[])
      returning 1)
    select count(*)::int as count from removed`);
  return removed?.count ?? 0;
}

/** Removes what was adopted from the Python tool; returns how many rows left. */
export async function removeAdoptedRows(database: Database, { chunks }: Tables): Promise<number> {
  // Asked first: a run that changes nothing opens no transaction.
  const [adopted] = await database.query<{ found: boolean }>(sql`
    select exists (select from ${ident(chunks)} where source_name = '') as found`);
  if (adopted?.found !== true) return 0;
  return database.begin(async (tx) => {
    await takeTurn(tx, "index", { shared: true });
    const [removed] = await tx.query<{ count: number }>(sql`
      with removed as (delete from ${ident(chunks)} where source_name = '' returning 1)
      select count(*)::int as count from removed`);
    return removed?.count ?? 0;
  });
}
