import { z } from "zod";
import type { Queryable, Statement } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { constant, list, sql } from "../driver/sql.ts";
import { CHUNK_COLUMNS } from "./chunk-columns.ts";
import { CORPUS, type Tables } from "./tables.ts";
import { isVectorIndex } from "./vector-index.ts";

const workShape = z.object({ statement: z.string(), drops: z.boolean() });

/**
 * Gives the indexes of a table the names that readers know. Ours are renamed, which keeps nobody out; where readers have
 * made the same index beside it, ours goes, and so does one that they failed to make. With `anybodys`, as in a table that
 * becomes ours, an index that does the same gets the name, whoever made it. Something else that has the name keeps it.
 */
export async function nameIndexes(tx: Queryable, tables: Tables, { anybodys = false } = {}): Promise<void> {
  for (const { statement } of await namingWork(tx, tables, anybodys)) await tx.query(constant(statement));
}

/** Whether that takes an index away, for which the table must be free of readers. */
export async function dropsIndexes(tx: Queryable, tables: Tables): Promise<boolean> {
  return (await namingWork(tx, tables, false)).some(({ drops }) => drops);
}

function namingWork(tx: Queryable, { chunks }: Tables, anybodys: boolean): Promise<z.infer<typeof workShape>[]> {
  return allRows(tx, workShape)`
    with wanted (column_name, method, named) as (values ${list(CHUNK_COLUMNS.flatMap(wanted))}),
    -- Those that do what ours does.
    alike as (
      select w.named, c.oid, c.relname, i.indisvalid, c.relname = w.named as has_name,
        c.relname ~ format('^(%s[0-9]*|%s_%s_idx)$', w.named, ${chunks}::text, w.column_name) as is_ours
      from (select column_name, method, replace(named, ${CORPUS.chunks}::text, ${chunks}::text) as named from wanted) w
      join pg_attribute a on a.attrelid = ${chunks}::text::regclass and a.attname = w.column_name
      join pg_index i on i.indrelid = a.attrelid and i.indnkeyatts = 1 and i.indpred is null and not i.indisunique
      join pg_opclass o on o.oid = i.indclass[0]
      join pg_class c on c.oid = i.indexrelid
      join pg_am m on m.oid = c.relam
      where m.amname = w.method
        and case w.method when 'hnsw' then ${isVectorIndex("i", "a")} else i.indkey[0] = a.attnum and o.opcdefault end),
    chosen as (
      select distinct on (named) named, oid, relname from alike
      where indisvalid and (is_ours or ${anybodys}::boolean) order by named, not has_name, not is_ours, relname),
    goes as (
      select distinct a.relname from alike a join chosen s using (named)
      where a.has_name and not a.indisvalid
        or a.is_ours and a.oid <> s.oid and exists (select from alike n where n.named = a.named and n.has_name and n.indisvalid))
    select format('drop index %I', relname) as statement, true as drops, 1 as place from goes
    union all
    select format('alter index %I rename to %I', s.relname, s.named), false, 2 from chosen s
    where s.relname <> s.named and s.named not in (select relname from goes)
      and not exists (select from pg_class t join pg_class o on o.relnamespace = t.relnamespace
        where t.oid = ${chunks}::text::regclass and o.relname = s.named)
    union all
    select format('alter index %I rename to %I', s.relname, s.named), false, 2 from chosen s join goes g on g.relname = s.named
    order by place`;
}

function wanted({ name, index, readersIndex }: (typeof CHUNK_COLUMNS)[number]): Statement[] {
  return readersIndex === undefined ? [] : [sql`(${name}::text, ${index ?? "hnsw"}::text, ${readersIndex}::text)`];
}
