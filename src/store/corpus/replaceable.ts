import { z } from "zod";
import { fatalError } from "../../flow/errors.ts";
import type { Queryable } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { CHUNK_COLUMNS } from "./chunk-columns.ts";
import { DOCUMENT_COLUMNS } from "./document-columns.ts";
import { CORPUS } from "./tables.ts";
import { isListIndex, isVectorIndex } from "./vector-index.ts";

const obstacleShape = z.object({ name: z.string(), on: z.string() });

const OUR_COLUMNS = ["id", ...CHUNK_COLUMNS.map(({ name }) => name), ...DOCUMENT_COLUMNS.map(({ name }) => name)];

/**
 * Throws a `fatal` error when the corpus's tables are not to be replaced by others: what depends on them would be lost
 * with them, or keep the swap of a rebuild from happening after everything was embedded. `dimensions`: of the new vectors.
 */
export async function requireReplaceable(tx: Queryable, description: string, dimensions: number): Promise<void> {
  requireNone(await dependents(tx), {
    what: ({ on, names, verb }) =>
      `--clean puts a new table in the place of "${on}" in ${description}, but ${names} ${verb("depends", "depend")} on the old one`,
    hint: "drop what depends on it, run again, and make it anew; a function that reads the table may stay",
  });
  requireNone(await peculiarities(tx, dimensions), {
    what: ({ on, names, verb }) =>
      `--clean puts a new table in the place of "${on}" in ${description}, and cannot give it what the old one has: ${names} ${verb("stays", "stay")} behind`,
    hint: "drop or change what is named, run again, and make it anew; what is to outlive a rebuild stands better in a table of its own",
  });
}

/** What others have that needs these very tables: views, foreign keys, functions, columns of their type, rules, children. */
function dependents(tx: Queryable) {
  return allRows(tx, obstacleShape)`
    with corpus as (
      select c.oid, c.relname::text as name, c.reltype from pg_class c
      where c.oid in (to_regclass(${CORPUS.chunks}::text), to_regclass(${CORPUS.documents}::text))),
    needed (class, oid, corpus, name) as (
      select 'pg_class'::regclass::oid, oid, oid, name from corpus
      union all
      select 'pg_type'::regclass::oid, t.oid, c.oid, c.name from corpus c join pg_type t on t.oid = c.reltype or t.typelem = c.reltype)
    select distinct n.name as on, case
      when k.contype = 'f' then 'foreign key ' || quote_ident(k.conname) || ' of table ' || k.conrelid::regclass::text
      when r.rulename = '_RETURN' then pg_describe_object('pg_class'::regclass, r.ev_class, 0)
      else pg_describe_object(d.classid, d.objid, d.objsubid) end as name
    from needed n
    join pg_depend d on d.refclassid = n.class and d.refobjid = n.oid and d.deptype <> 'i'
    left join pg_constraint k on d.classid = 'pg_constraint'::regclass and k.oid = d.objid
    left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid
    left join pg_class c on d.classid = 'pg_class'::regclass and c.oid = d.objid
    where coalesce(k.conrelid, 0) <> n.corpus and coalesce(r.ev_class, 0) not in (select oid from corpus)
      -- Indexes, and sequences of its columns.
      and coalesce(c.relkind, 'r') not in ('i', 'I', 'S')
      and not (d.classid = 'pg_class'::regclass and d.objid = n.corpus)
      and not exists (select from pg_attrdef x where d.classid = 'pg_attrdef'::regclass and x.oid = d.objid and x.adrelid = n.corpus)
      and not exists (select from pg_trigger x where d.classid = 'pg_trigger'::regclass and x.oid = d.objid and x.tgrelid = n.corpus)
      and not exists (select from pg_policy x where d.classid = 'pg_policy'::regclass and x.oid = d.objid and x.polrelid in (select oid from corpus))
      and d.classid not in ('pg_statistic_ext'::regclass, 'pg_publication_rel'::regclass, 'pg_type'::regclass)
    order by 2`;
}

/** What the tables themselves have and cannot be given to others. */
function peculiarities(tx: Queryable, dimensions: number) {
  return allRows(tx, obstacleShape)`
    with corpus as (
      select c.*, c.relname::text as name, exists (
        select from pg_attribute s where s.attrelid = c.oid and s.attname = 'source_name') as has_sources
      from pg_class c where c.oid in (to_regclass(${CORPUS.chunks}::text), to_regclass(${CORPUS.documents}::text))),
    foreign_column as (
      select c.oid, c.name, c.has_sources, a.* from corpus c join pg_attribute a on a.attrelid = c.oid
      where a.attnum > 0 and not a.attisdropped and a.attname <> all (${OUR_COLUMNS}::text[]))
    select name as on, 'being partitioned' as name from corpus where relkind = 'p'
    union all
    select name, 'being a table of another server' from corpus where relkind = 'f'
    union all
    select c.name, 'its place under ' || pg_describe_object('pg_class'::regclass, i.inhparent, 0)
    from corpus c join pg_inherits i on i.inhrelid = c.oid
    union all
    select name, 'its type ' || reloftype::regtype::text from corpus where reloftype <> 0
    union all
    select c.name, 'security label ' || quote_literal(l.label) from corpus c
    join pg_seclabel l on l.classoid = 'pg_class'::regclass and l.objoid = c.oid
    union all
    select f.name, format('column %I, whose numbers come from a sequence of its own', f.attname) from foreign_column f
    where f.attidentity <> '' or exists (
      select from pg_depend d join pg_class s on d.classid = 'pg_class'::regclass and s.oid = d.objid and s.relkind = 'S'
      where d.refclassid = 'pg_class'::regclass and d.refobjid = f.oid and d.refobjsubid = f.attnum)
    union all
    -- Nothing tells which row of the new table is which row of this one.
    select f.name, format('column %I, which is not ours', f.attname) from foreign_column f where not f.has_sources
    union all
    select c.name, pg_describe_object(o.class, o.oid, 0) from corpus c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'embedding' and a.atttypmod <> ${dimensions}::int
    cross join lateral (
      select 'pg_class'::regclass::oid as class, i.indexrelid as oid, pg_get_indexdef(i.indexrelid) as text from pg_index i where i.indrelid = c.oid and not ${isVectorIndex("i", "a")} and not ${isListIndex("i", "a")}
      union all
      select 'pg_constraint'::regclass, k.oid, pg_get_constraintdef(k.oid) from pg_constraint k where k.conrelid = c.oid
      union all
      select 'pg_attrdef'::regclass, x.oid, pg_get_expr(x.adbin, x.adrelid) from pg_attrdef x where x.adrelid = c.oid) o
    where o.text ~ 'embedding' and o.text ~ ('\\m' || a.atttypmod || '\\M')
    order by 2`;
}

type Obstacle = z.infer<typeof obstacleShape>;
type Said = { readonly on: string; readonly names: string; readonly verb: (one: string, several: string) => string };

function requireNone(
  obstacles: readonly Obstacle[],
  { what, hint }: { readonly what: (said: Said) => string; readonly hint: string },
): void {
  const [first] = obstacles;
  if (first === undefined) return;
  const names = obstacles.map(({ name }) => name).join(", ");
  const verb = (one: string, several: string) => (obstacles.length === 1 ? one : several);
  throw fatalError("database_dependents", what({ on: first.on, names, verb }), hint);
}
