import { toSql } from "pgvector";
import { CORPUS } from "../corpus/tables.ts";
import type { Queryable, Statement } from "../driver/database.ts";
import { constant, ident, integer, sql } from "../driver/sql.ts";
import type { SearchRequest } from "../store.ts";

/** pgvector's own bound of `hnsw.ef_search`. */
const EF_SEARCH_MAX = 1_000;

/**
 * The vector half of a ranking: a query for the rows (`content_hash`, `distance`) that are nearest to the request's vector,
 * at most `candidates`, none in text mode. It is for the transaction that it was asked for in, whose settings it needs.
 */
export async function nearestTexts(
  tx: Queryable,
  { mode, vector, exact = false }: SearchRequest,
  filter: Statement | undefined,
  candidates: number,
  table = CORPUS.chunks,
): Promise<Statement> {
  if (mode === "text") return constant("select '' as content_hash, 0::float8 as distance where false");
  if (vector === undefined) throw new TypeError("a search by vector needs one");
  if (exact) await tx.query(sql`set local enable_indexscan = off`);
  else await widenVectorScan(tx, candidates, filter !== undefined);
  const query = sql`${toSql([...vector])}::vector`;
  return sql`
    select c.content_hash, c.embedding <=> ${query} as distance
    from ${ident(table)} c where ${filter ?? constant("true")} order by c.embedding <=> ${query} limit ${integer(candidates)}`;
}

/** An HNSW scan ends after `ef_search` rows; pgvector 0.8 can go on until enough of them pass the filter. */
async function widenVectorScan(tx: Queryable, candidates: number, filtered: boolean): Promise<void> {
  // Loads the library, without which the server does not know its settings.
  await tx.query(sql`select '[1]'::vector`);
  const efSearch = integer(Math.min(2 * candidates, EF_SEARCH_MAX));
  await tx.query(sql`
    select set_config(s.name, v.value, true) from pg_settings s join (values
      ('hnsw.ef_search', '${efSearch}'), ('hnsw.iterative_scan', ${filtered ? "relaxed_order" : "off"}::text)) v (name, value)
    using (name)`);
}
