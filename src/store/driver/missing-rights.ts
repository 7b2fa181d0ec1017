import { z } from "zod";
import { fatalError } from "../../flow/errors.ts";
import type { Queryable } from "./database.ts";
import { allRows } from "./rows.ts";

const TABLES = ["chunks", "ingest_documents", "ingest_meta"];
/** Of what `status` goes by; a run goes on without it. */
const RECORDS = "ingest_runs";
const REPLACED = ["chunks", "ingest_documents"];
const statementShape = z.object({ statement: z.string() });

/** Throws a `fatal` error when a run would miss a right later. */
export function requireRights(grants: readonly string[], description: string): void {
  if (grants.length === 0) return;
  throw fatalError(
    "database_rights",
    `${description}: the database user lacks a right that a run needs`,
    grantHint(grants),
  );
}

export function grantHint(grants: readonly string[]): string {
  return `as the owner or a superuser, in this database: ${grants.join(" ")}`;
}

/**
 * The statements that give our user the right that `message` (SQLSTATE 42501 or 3F000) says is missing, and what else a run,
 * or a command that only reads, will miss. `replaces`: the run puts new tables in the place of those that are there;
 * `records`: it is put on record, too. Empty when nothing is found.
 */
export async function missingRights(
  reader: Queryable,
  message: string,
  {
    readsOnly,
    replaces = false,
    records = false,
  }: { readonly readsOnly: boolean; readonly replaces?: boolean; readonly records?: boolean },
): Promise<string[]> {
  const [, kind = "", name = ""] =
    /permission denied (?:for|to set) (schema|type|function|sequence|tablespace|parameter|role) "?(.+?)"?$/.exec(
      message,
    ) ?? [];
  const [, owned = ""] = /must be owner of (?:table|relation|index|sequence) "?(.+?)"?$/.exec(message) ?? [];
  const isHidden = /row-level security/.test(message);
  const privileges = readsOnly ? ["SELECT"] : ["SELECT", "INSERT", "UPDATE", "DELETE"];
  const tables = records ? [...TABLES, RECORDS] : TABLES;
  // The schema that tables go to, or would if we might use it; and the one that the message names.
  const rows = await allRows(reader, statementShape)`
    with home as (
      select n.oid, n.nspname
      from unnest(string_to_array(replace(current_setting('search_path'), '$user', current_user), ',')) with ordinality p(name, place)
      join pg_namespace n on n.nspname = btrim(p.name, ' "')
      order by p.place limit 1
    ), corpus as (
      select c.oid, c.relname, c.relowner from pg_class c join home on c.relnamespace = home.oid
      where c.relkind in ('r', 'p') and c.relname = any(${tables}::text[])
    )
    select distinct statement, place from (
      select 1 as place, format('GRANT %I TO %I;', pg_get_userbyid(c.relowner), current_user) as statement
      from pg_class c join home on c.relnamespace = home.oid
      where not pg_has_role(c.relowner, 'USAGE') and (c.relname = ${owned}::text
        or ${replaces}::boolean and c.relname = any(${REPLACED}::text[]))
      union all
      select 2, format('GRANT %s ON SCHEMA %I TO %I;', string_agg(privilege, ', ' order by privilege desc), n.nspname, current_user)
      from (select oid, nspname from home union select oid, nspname from pg_namespace where ${kind}::text = 'schema' and nspname = ${name}::text) n
      cross join unnest(array['USAGE', 'CREATE']) privilege
      where not has_schema_privilege(n.oid, privilege) and (privilege = 'USAGE' or (not ${readsOnly}::boolean
        and n.oid = (select oid from home) and (${kind}::text = 'schema' or ${replaces}::boolean or not exists (select from corpus)
          or ${records}::boolean and not exists (select from corpus where relname = ${RECORDS}::text))))
      group by n.nspname
      union all
      select 3, format('GRANT TEMPORARY ON DATABASE %I TO %I;', current_database(), current_user)
      where not ${readsOnly}::boolean and not has_database_privilege(current_database(), 'TEMPORARY')
      union all
      select 4, format('GRANT %s ON TABLE %I.%I TO %I;', string_agg(privilege, ', ' order by place), home.nspname, corpus.relname, current_user)
      from corpus, home, unnest(${privileges}::text[]) with ordinality p(privilege, place)
      where not has_table_privilege(corpus.oid, privilege)
      group by home.nspname, corpus.relname
      union all
      select 5, format('GRANT USAGE ON TYPE %s TO %I;', t.oid::regtype, current_user)
      from pg_type t where ${kind}::text = 'type' and t.typname = ${name}::text and not has_type_privilege(t.oid, 'USAGE')
      union all
      select 6, format('GRANT EXECUTE ON FUNCTION %s TO %I;', f.oid::regprocedure, current_user)
      from pg_proc f where ${kind}::text = 'function' and f.proname = ${name}::text and not has_function_privilege(f.oid, 'EXECUTE')
      union all
      select 7, format('GRANT USAGE, SELECT ON SEQUENCE %I TO %I;', s.relname, current_user)
      from pg_class s where ${kind}::text = 'sequence' and s.relname = ${name}::text and s.relkind = 'S'
      union all
      select 8, format('GRANT CREATE ON TABLESPACE %I TO %I;', ${name}::text, current_user) where ${kind}::text = 'tablespace'
      union all
      select 9, format('GRANT SET ON PARAMETER %I TO %I;', ${name}::text, current_user) where ${kind}::text = 'parameter'
      union all
      select 10, format('GRANT %I TO %I;', ${name}::text, session_user) where ${kind}::text = 'role'
      union all
      select 11, format('ALTER ROLE %I BYPASSRLS;', current_user) where ${isHidden}::boolean
    ) found order by place, statement`;
  return rows.map(({ statement }) => statement);
}
