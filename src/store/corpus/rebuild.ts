import { z } from "zod";
import { fatalError } from "../../flow/errors.ts";
import type { Database, Queryable } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { ident, sql } from "../driver/sql.ts";
import { sameIdentity } from "../model-identity.ts";
import type { ModelIdentity } from "../store.ts";
import { hasTable, readMeta, writeMeta } from "./meta.ts";
import { migrate } from "./migrations.ts";
import { bringUpToDate, inSchemaTransaction } from "./prepare.ts";
import { CORPUS, SHADOW } from "./tables.ts";

const dependentShape = z.object({ name: z.string(), on: z.string() });

/**
 * Makes the shadow tables, or goes on in those of an interrupted rebuild with the same model. The corpus is brought to
 * the newest schema, for rows may be carried over from it; one that is not ours yet is left alone. Returns the database's id.
 */
export function prepareRebuild(database: Database, identity: ModelIdentity): Promise<string> {
  return inSchemaTransaction(
    database,
    async (tx, state) => {
      await requireNoDependents(tx, database.description);
      if (state.kind === "current") {
        await bringUpToDate(tx, state, { ...identity, dimensions: state.dimensions ?? identity.dimensions });
      }
      const { shadow } = await readMeta(tx);
      const goesOn = sameIdentity(shadow, identity) && (await hasTable(tx, SHADOW.chunks));
      if (!goesOn) await tx.query(sql`drop table if exists ${ident(SHADOW.chunks)}, ${ident(SHADOW.documents)}`);
      const version = goesOn ? (shadow?.schemaVersion ?? 0) : 0;
      const schemaVersion = await migrate(tx, SHADOW, { version, dimensions: identity.dimensions });
      await writeMeta(tx, { shadow: { ...identity, schemaVersion } });
    },
    { replaces: true },
  );
}

/**
 * Throws a `fatal` error when views or foreign keys depend on the corpus's tables: these are to be dropped by the swap of
 * a rebuild, which would fail after everything was embedded.
 */
async function requireNoDependents(tx: Queryable, description: string): Promise<void> {
  const dependents = await allRows(tx, dependentShape)`
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
    order by 1`;
  const [first] = dependents;
  if (first === undefined) return;
  const depend = `${dependents.map(({ name }) => name).join(", ")} depend${dependents.length === 1 ? "s" : ""}`;
  throw fatalError(
    "database_dependents",
    `--clean puts a new table in the place of "${first.on}" in ${description}, but ${depend} on the old one`,
    "drop what depends on it, run again, and make it anew; a function that reads the table may stay",
  );
}
