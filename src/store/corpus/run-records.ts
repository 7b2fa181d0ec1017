import { z } from "zod";
import { cleanJson } from "../driver/clean-text.ts";
import type { Queryable } from "../driver/database.ts";
import { allRows, executeRows, exists, oneRow } from "../driver/rows.ts";
import { constant, sql } from "../driver/sql.ts";
import { lockForTransaction } from "../driver/transaction-locks.ts";
import type { LastRun, RunRecord } from "../store.ts";
import { CORPUS } from "./tables.ts";

const RUNS = "ingest_runs";
const TYPES = {
  ...{ source_name: "text", part: "text", run: "text", started_at: "timestamptz", ended_at: "timestamptz" },
  ...{ duration_ms: "bigint", mode: "text", version: "text", exit_code: "integer", status: "text", reason: "text" },
  counts: "jsonb",
};
const grantShape = z.object({ statement: z.string() });
const COLUMNS = Object.keys(TYPES);

export const lastRunShape = z.object({
  source: z.string(),
  /** Of a source that several runs share, as `--shard` says; "": all of it. */
  part: z.string(),
  /** Tells which sources were those of one run. */
  run: z.string(),
  startedAt: z.date(),
  endedAt: z.date(),
  /** Of the source; that of the run is between its start and its end. */
  durationMs: z.number(),
  mode: z.string(),
  version: z.string(),
  exitCode: z.int(),
  status: z.string(),
  reason: z.string(),
  counts: z.record(z.string(), z.number()),
});

/**
 * Puts a run on record by one statement: a row for each source and part of it, in the place of the last one. No migration
 * makes the table but the first run that is put on record: it is no part of the schema, which older programs refuse when it is
 * newer, and a user without the right to make tables goes on as before.
 */
export async function recordRun(tx: Queryable, record: RunRecord): Promise<void> {
  await makeTable(tx);
  const { sources, isWhole, run, runMs, mode, version, exitCode } = record;
  const rows = sources.map(({ part = "", ...source }) => ({ ...source, part }));
  // By its own clock, as the times of rows are.
  await tx.query(sql`
    with ended as (
      select * from jsonb_to_recordset((${cleanJson(rows)}::text)::jsonb)
        as r (source text, part text, "durationMs" bigint, status text, reason text, counts jsonb)
    ), outdated as (
      -- What was split otherwise, or not at all; and what left with the old corpus.
      delete from ingest_runs g where ${isWhole}::boolean and g.source_name not in (select source from ended)
        or exists (select from ended r where r.source = g.source_name and split_part(r.part, '/', 2) <> split_part(g.part, '/', 2))
    )
    insert into ingest_runs (source_name, part, run, started_at, ended_at, duration_ms, mode, version, exit_code, status, reason, counts)
    select source, part, ${run}::text, now() - make_interval(secs => ${runMs / 1_000}::float8), now(), "durationMs", ${mode}::text, ${version}::text, ${exitCode}::int, status, reason, counts
    from ended
    on conflict (source_name, part) do update set run = excluded.run, started_at = excluded.started_at,
      ended_at = excluded.ended_at, duration_ms = excluded.duration_ms, mode = excluded.mode, version = excluded.version,
      exit_code = excluded.exit_code, status = excluded.status, reason = excluded.reason, counts = excluded.counts`);
}

/** The last run of each source and part. Undefined when it is not known: none was put on record, or we may not read that. */
export async function readLastRuns(queryable: Queryable): Promise<readonly LastRun[] | undefined> {
  if (!(await hasTable(queryable, "select"))) return undefined;
  return allRows(queryable, lastRunShape)`
    select source_name as source, part, run, started_at as "startedAt", ended_at as "endedAt", duration_ms::float8 as "durationMs",
      mode, version, exit_code as "exitCode", status, reason, counts
    from ingest_runs order by source_name, split_part(part, '/', 2), length(part), part`;
}

/** The statement that gives us the right to read what is on record of runs; undefined where we have it, or there is nothing. */
export async function missingRunsRight(queryable: Queryable): Promise<string | undefined> {
  if ((await hasTable(queryable, "select")) || !(await hasTable(queryable))) return undefined;
  const { statement } = await oneRow(queryable, grantShape)`
    select format('GRANT SELECT ON TABLE %I.%I TO %I;', n.nspname, r.relname, current_user) as statement
    from pg_class r join pg_namespace n on n.oid = r.relnamespace where r.oid = to_regclass(${RUNS}::text)`;
  return statement;
}

/** What is known of runs of a source that is removed. */
export async function forgetRuns(tx: Queryable, source: string): Promise<void> {
  if (await hasTable(tx, "delete")) await tx.query(sql`delete from ingest_runs where source_name = ${source}::text`);
}

/** Whether there is our table beside the corpus, with which we may do what `right` says: one further on in the search path is another corpus's. */
function hasTable(queryable: Queryable, right: "select" | "delete" | null = null): Promise<boolean> {
  return exists(queryable)`
    select from pg_class r join pg_class c on c.oid = to_regclass(${CORPUS.chunks}::text) and c.relnamespace = r.relnamespace
    where r.oid = to_regclass(${RUNS}::text) and (${right}::text is null or has_table_privilege(r.oid, ${right}::text))
      and (select count(*) from pg_attribute where attrelid = r.oid and attname = any (${COLUMNS}::text[])) = ${COLUMNS.length}::int`;
}

/** Whoever may read the documents may read what became of them. */
async function makeTable(tx: Queryable): Promise<void> {
  if (await hasTable(tx)) return;
  await lockForTransaction(tx, "schema");
  // Another run may have made it meanwhile.
  if (await hasTable(tx)) return;
  const columns = Object.entries(TYPES).map(([name, type]) => `${name} ${type} not null`);
  await tx.query(
    constant(`create table ${RUNS} (${columns.join(", ")}, constraint ${RUNS}_pkey primary key (source_name, part))`),
  );
  await executeRows(tx)`
    select distinct format('grant select on ingest_runs to %s', case a.grantee when 0 then 'public' else a.grantee::regrole::text end) as statement
    from pg_class d cross join aclexplode(d.relacl) a
    where d.oid = to_regclass(${CORPUS.documents}::text) and a.privilege_type = 'SELECT' and a.grantee <> d.relowner`;
}
