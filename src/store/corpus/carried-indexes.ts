import { z } from "zod";
import type { Database, Queryable } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { constant, ident, integer, sql } from "../driver/sql.ts";
import type { IndexWatch } from "../store.ts";
import { isUniqueHash, type Replacement } from "./table-shape.ts";
import { buildIndex, watched } from "./index-build.ts";
import { VECTOR_DIMENSIONS_MAX } from "./search-bounds.ts";
import { isListIndex, isVectorIndex } from "./vector-index.ts";

const pairShape = z.object({
  /** Of the index of the old table. */
  name: z.string(),
  /** The same index on the new one, under whatever name; null when there is none. */
  counterpart: z.string().nullable(),
  unique: z.boolean(),
  /** Makes it on the new table. */
  statement: z.string(),
  /** "": that of the database. */
  tablespace: z.string(),
});

/** An index that the new table lacks, as SQL makes it. */
type LackingIndex = z.infer<typeof pairShape>;

type Readers = Pick<Database, "hasOtherReaders">;

/** The indexes of the old table that the new one is to have and does not have yet. */
export async function lackingIndexes(
  queryable: Queryable,
  replacement: Replacement,
  readers: Readers,
): Promise<readonly LackingIndex[]> {
  return (await indexPairs(queryable, replacement, readers)).filter(({ counterpart }) => counterpart === null);
}

/**
 * Statements that give indexes of the new table, and the constraints they belong to, the names that theirs have on the old
 * one; undefined when one is lacking.
 */
export async function indexRenames(
  queryable: Queryable,
  replacement: Replacement,
  readers: Readers,
): Promise<readonly string[] | undefined> {
  const renames: string[] = [];
  for (const { name, counterpart } of await indexPairs(queryable, replacement, readers)) {
    if (counterpart === null) return undefined;
    renames.push(`alter index ${ident(counterpart).text} rename to ${ident(name).text}`);
  }
  return renames;
}

/** Makes one of them, in a transaction. */
export async function createLacking(tx: Queryable, { statement, tablespace }: LackingIndex): Promise<void> {
  await tx.query(sql`select set_config('default_tablespace', ${tablespace}::text, true)`);
  await tx.query(constant(statement));
}

/** Builds what the new table lacks, after its load. */
export async function buildLackingIndexes(
  database: Database,
  replacement: Replacement,
  watch: IndexWatch | undefined,
): Promise<void> {
  for (const lacking of await lackingIndexes(database, replacement, database)) {
    const make = async (tx: Queryable) => {
      const [again] = (await lackingIndexes(tx, replacement, database)).filter(({ name }) => name === lacking.name);
      if (again === undefined) return false;
      using _ = await watched(database, tx, { table: replacement.to, name: again.name, watch });
      await createLacking(tx, again);
      return true;
    };
    await buildIndex(database, replacement.to, make, (reason) => watch?.warned(reason));
  }
}

/**
 * The indexes of the old table, each with its counterpart: the same in all but its name. Of several that are the same,
 * the first by name is that of the first, and so on. Those on vectors that know their length
 * have none where that changes, and are built as new ones; where nobody else reads, none are carried over: which are
 * wanted follows from the rows.
 */
function indexPairs(
  queryable: Queryable,
  { from, to }: Replacement,
  { hasOtherReaders }: Readers,
): Promise<z.infer<typeof pairShape>[]> {
  return allRows(queryable, pairShape)`
    with found as (
      select i.indrelid, i.indexrelid, c.relname, i.indisunique, coalesce(s.spcname, '') as tablespace,
        exists (select from pg_constraint k where k.conindid = i.indexrelid and k.conrelid = i.indrelid) as of_constraint,
        substr(pg_get_indexdef(i.indexrelid), length(format('CREATE %sINDEX %I ON %I.%I ',
          case when i.indisunique then 'UNIQUE ' end, c.relname, n.nspname, t.relname)) + 1) as rest,
        ${isVectorIndex("i", "e")} as is_vector, ${isListIndex("i", "e")} as is_list, e.atttypmod as dimensions
      from pg_index i
      join pg_class c on c.oid = i.indexrelid
      join pg_class t on t.oid = i.indrelid
      join pg_namespace n on n.oid = t.relnamespace
      left join pg_attribute e on e.attrelid = i.indrelid and e.attname = 'embedding'
      left join pg_tablespace s on s.oid = c.reltablespace
      where i.indrelid in (to_regclass(${from}::text), to_regclass(${to}::text)) and i.indisvalid),
    numbered as (
      select *, row_number() over (
        partition by indrelid, rest, indisunique, of_constraint order by relname, indexrelid) as place from found)
    select o.relname::text as name, c.relname::text as counterpart, o.indisunique as unique, o.tablespace,
      format('create %sindex %I on %I %s', case when o.indisunique then 'unique ' end,
        ${to}::text || '_carried_' || o.indexrelid, ${to}::text, o.rest) as statement
    from numbered o
    left join numbered c on c.indrelid = to_regclass(${to}::text)
      and (c.rest, c.indisunique, c.of_constraint, c.place) = (o.rest, o.indisunique, o.of_constraint, o.place)
    where o.indrelid = to_regclass(${from}::text) and not ${isUniqueHash(constant("o.indexrelid"))}
      and not (o.of_constraint and c.relname is null)
      and not ((o.is_vector or o.is_list) and (not ${hasOtherReaders}::boolean or exists (
        select from pg_attribute a where a.attrelid = to_regclass(${to}::text) and a.attname = 'embedding'
          and a.atttypmod <> o.dimensions
          and (o.is_list or greatest(a.atttypmod, o.dimensions) > ${integer(VECTOR_DIMENSIONS_MAX)}))))
    order by o.relname`;
}
