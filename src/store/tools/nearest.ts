import { toSql } from "pgvector";
import { z } from "zod";
import { FEW_NUMBERS_MAX, LIST_BYTES_MAX, rowsOf, UNLISTED_NUMBERS_MAX } from "../corpus/search-bounds.ts";
import { CORPUS } from "../corpus/tables.ts";
import { indexedAs, isListIndex, isVectorIndex } from "../corpus/vector-index.ts";
import type { Queryable, Statement } from "../driver/database.ts";
import { allRows, oneRow } from "../driver/rows.ts";
import { constant, ident, integer, list, sql } from "../driver/sql.ts";
import type { SearchRequest } from "../store.ts";

/** Of the index more is taken than is wanted: it leaves some out, and what it has of halves is not in order. */
const SURPLUS = 4;

const tableShape = z.object({
  rows: z.int(),
  few: z.int(),
  dimensions: z.int(),
  listed: z.boolean(),
  indexed: z.boolean(),
});
/** The distance as PostgreSQL writes it: to a vector of zeros there is none, `NaN`. */
const nearShape = z.object({ content_hash: z.string(), distance: z.string() });
const sampleShape = z.object({ vector: z.string(), length: z.int() });
const planShape = z.object({ "QUERY PLAN": z.string() });

type NearestOptions = {
  /** The corpus's, or that of a rebuild. */
  readonly table?: string;
  /** How many rows that pass the filter are all looked at. */
  readonly exactRowsMax?: number | undefined;
};

/**
 * The vector half of a ranking: rows (`content_hash`, `distance`) that are nearest to the request's vector, at most
 * `candidates`, none in text mode. Those of few rows are all looked at, those of many in the list of all vectors. The graph is
 * asked where that would take too long, since it has islands that no search gets to: near-duplicates know nobody but each other.
 */
export async function nearestTexts(
  tx: Queryable,
  { mode, vector, exact = false }: SearchRequest,
  filter: Statement | undefined,
  candidates: number,
  { table = CORPUS.chunks, exactRowsMax }: NearestOptions = {},
): Promise<Statement> {
  if (mode === "text") {
    await tx.query(sql`set local jit = off`);
    return constant("select '' as content_hash, 0::float8 as distance where false");
  }
  if (vector === undefined) throw new TypeError("a search by vector needs one");
  const query = sql`${toSql([...vector])}::vector`;
  const wanted = { from: ident(table), query, filter: filter ?? constant("true"), candidates };
  const { rows, isAsked, type } = await tableOf(tx, wanted, { table, exactRowsMax, length: vector.length });
  let near = exact || !isAsked ? [] : await askIndex(tx, wanted, type);
  // Before pgvector 0.8 an index scan ends early, whatever the filter has left of it.
  if (near.length < Math.min(candidates, rows)) near = await lookAtEach(tx, wanted);
  return sql`
    select content_hash, nullif(distance, 'NaN') as distance from unnest(
      ${near.map(({ content_hash }) => content_hash)}::text[],
      ${near.map(({ distance }) => distance)}::float8[]) as n (content_hash, distance)`;
}

/** By what a search of all rows finds the nearest vectors: the name of an index, as the server plans it; null where each row is looked at, be it for want of rows. */
export async function indexOfSearches(tx: Queryable, table = CORPUS.chunks) {
  const [sample] = await allRows(tx, sampleShape)`
    select embedding::text as vector, vector_dims(embedding) as length from ${ident(table)} where embedding is not null limit 1`;
  if (sample === undefined) return { rows: 0, isAsked: false, index: null };
  const query = sql`${sample.vector}::vector`;
  const wanted = { from: ident(table), query, filter: constant("true"), candidates: 1 };
  const { rows, isAsked, type } = await tableOf(tx, wanted, { table, length: sample.length });
  if (!isAsked) return { rows, isAsked, index: null };
  await openIndex(tx);
  const plan = await allRows(tx, planShape)`explain ${throughIndex(wanted, type)}`;
  const text = plan.map((line) => line["QUERY PLAN"]).join("\n");
  return { rows, isAsked, index: /Index Scan using (\S+)/.exec(text)?.[1] ?? null };
}

type TableOptions = NearestOptions & { readonly table: string; readonly length: number };

/** How many rows there are to look at, whether an index is asked for the nearest of them, and as what. */
async function tableOf(tx: Queryable, wanted: Wanted, { table, exactRowsMax, length }: TableOptions) {
  const looked = (numbers: number) => integer(exactRowsMax ?? rowsOf(numbers, length));
  // The planner does not count what it costs to fetch vectors that are stored beside their rows, and takes the ranking of
  // words for so dear that it would compile it, for half a second.
  const { rows, few, dimensions, listed, indexed } = await oneRow(tx, tableShape)`
    with known as (
      select a.atttypmod as dimensions, exists (
          select from pg_index i where i.indisvalid and ${isListIndex("i", "a")}
            and pg_relation_size(i.indexrelid) <= ${integer(LIST_BYTES_MAX)}) as listed,
        exists (select from pg_index i where i.indisvalid and ${isVectorIndex("i", "a")}) as indexed
      from pg_attribute a where a.attrelid = to_regclass(${table}::text) and a.attname = 'embedding'),
    bound as (select case when listed then ${looked(FEW_NUMBERS_MAX)} else ${looked(UNLISTED_NUMBERS_MAX)} end as few from known),
    counted as (
      select count(*)::int as rows from (
        select from ${wanted.from} c where ${wanted.filter} limit (select few + 1 from bound)) passing)
    select set_config('parallel_setup_cost', '0', true), set_config('parallel_tuple_cost', '0', true),
      set_config('jit', 'off', true),
      -- Loads the library, without which the server does not know its settings.
      '[1]'::vector::text, *
    from known cross join bound cross join counted`;
  const type = listed ? `halfvec(${dimensions})` : indexedAs(dimensions).type;
  return { rows, isAsked: rows > few && (listed || indexed), type };
}

type Wanted = {
  readonly from: Statement;
  readonly query: Statement;
  readonly filter: Statement;
  readonly candidates: number;
};

/** By a scan of the table: of what is ordered by, no index knows anything. */
async function lookAtEach(tx: Queryable, { from, query, filter, candidates }: Wanted) {
  return allRows(tx, nearShape)`
    select content_hash, distance::text as distance
    from (
      select c.content_hash, (c.embedding <=> ${query}) + 0 as distance from ${from} c
      where ${filter} and c.embedding is not null order by distance limit ${integer(candidates)}) n`;
}

/** By the index on vectors as `type`; those that it finds are ordered by their exact distance. */
async function askIndex(tx: Queryable, wanted: Wanted, type: string) {
  const { query, candidates } = wanted;
  await tx.query(sql`savepoint nearest`);
  await openIndex(tx);
  const near = await allRows(tx, nearShape)`
    select content_hash, (embedding <=> ${query})::text as distance
    from (${throughIndex(wanted, type)}) found
    order by embedding <=> ${query} limit ${integer(candidates)}`;
  await tx.query(sql`rollback to savepoint nearest`);
  return near;
}

/** The nearest rows as an index of `type` has them in order. */
function throughIndex({ from, query, filter, candidates }: Wanted, type: string): Statement {
  return sql`
    select c.content_hash, c.embedding from ${from} c where ${filter}
    order by c.embedding::${constant(type)} <=> ${query}::${constant(type)} limit ${integer(SURPLUS * candidates)}`;
}

/** Has the rest of a transaction ask indexes, as widely as they can be asked. */
async function openIndex(tx: Queryable): Promise<void> {
  await setLocally(tx, {
    ...{ "hnsw.ef_search": "1000", "hnsw.iterative_scan": "relaxed_order", "hnsw.max_scan_tuples": "100000" },
    // All of a list, however many parts it has.
    "ivfflat.probes": "32768",
    // By its own costs the planner would rather read the whole table.
    ...{ enable_seqscan: "off", enable_bitmapscan: "off", enable_sort: "off" },
  });
}

/** Those that the server knows. */
async function setLocally(tx: Queryable, settings: Readonly<Record<string, string>>): Promise<void> {
  const values = Object.entries(settings).map(([name, value]) => sql`(${name}::text, ${value}::text)`);
  await tx.query(sql`
    select set_config(s.name, v.value, true) from pg_settings s join (values ${list(values)}) v (name, value) using (name)`);
}
