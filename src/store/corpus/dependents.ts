import { IngestError } from "../../flow/errors.ts";
import type { Queryable } from "../driver/database.ts";
import { sql } from "../driver/sql.ts";
import { CORPUS } from "./tables.ts";

/**
 * Throws a `fatal` error when views or foreign keys depend on the corpus's tables: these are to be dropped by the swap of
 * a rebuild, which would fail after everything was embedded.
 */
export async function requireNoDependents(tx: Queryable, description: string): Promise<void> {
  const dependents = await tx.query<{ name: string; on: string }>(sql`
    with corpus as (
      select c.oid, c.relname::text as name from pg_class c
      where c.oid in (to_regclass(${CORPUS.chunks}::text), to_regclass(${CORPUS.documents}::text)))
    select distinct case v.relkind when 'm' then 'materialized view ' else 'view ' end || v.oid::regclass::text as name,
      c.name as on
    from corpus c
    join pg_depend d on d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and d.classid = 'pg_rewrite'::regclass
    join pg_rewrite r on r.oid = d.objid
    join pg_class v on v.oid = r.ev_class
    where v.oid <> c.oid
    union
    select 'foreign key ' || quote_ident(f.conname) || ' of table ' || f.conrelid::regclass::text, c.name
    from corpus c join pg_constraint f on f.confrelid = c.oid and f.contype = 'f'
    order by 1`);
  const [first] = dependents;
  if (first === undefined) return;
  const names = dependents.map(({ name }) => name).join(", ");
  throw new IngestError(
    `--clean puts a new table in the place of "${first.on}" in ${description}, but ${names} depend${dependents.length === 1 ? "s" : ""} on the old one`,
    {
      decision: "fatal",
      code: "database_dependents",
      hint: "drop what depends on it, run again, and make it anew; a function that reads the table may stay",
    },
  );
}
