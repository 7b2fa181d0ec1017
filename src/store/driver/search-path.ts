import { z } from "zod";
import { fatalError } from "../../flow/errors.ts";
import type { Queryable } from "./database.ts";
import { grantHint, missingRights } from "./missing-rights.ts";
import { oneRow } from "./rows.ts";
import { ident, sql } from "./sql.ts";

const pathShape = z.object({ role: z.string(), database: z.string(), path: z.string(), exists: z.boolean() });

/**
 * Makes the names of a transaction mean one place, whatever the search path of the role: the tables of a run are made and
 * found beside the corpus, and pgvector where it was installed, which on managed servers is a schema that nobody searches.
 */
export async function pinSearchPath(tx: Queryable): Promise<void> {
  await tx.query(sql`
    select set_config('search_path', concat_ws(', ', home.name, nullif(current_setting('search_path'), ''), (
      select extnamespace::regnamespace::text from pg_extension where extname = 'vector')), true)
    from (
      select coalesce(
        (select relnamespace::regnamespace::text from pg_class where oid = to_regclass('chunks')),
        quote_ident(current_schema())) as name) home
    where home.name is not null`);
}

/** Throws a `fatal` error when the role has no schema, and can neither find tables nor make them. */
export async function requireSchema(queryable: Queryable, description: string): Promise<void> {
  const { role, database, path, exists } = await oneRow(queryable, pathShape)`
    select current_user::text as role, current_database()::text as database, current_setting('search_path') as path,
      current_schema() is not null as exists`;
  if (exists) return;
  const message = `in ${description} the role "${role}" has no schema for its tables: its search_path is ${path}`;
  const grants = await missingRights(queryable, "", { readsOnly: false });
  if (grants.length > 0) throw fatalError("database_schema", message, grantHint(grants));
  const set = sql`ALTER ROLE ${ident(role)} IN DATABASE ${ident(database)} SET search_path = public`.text;
  const hint = `run ${set}; (or another schema, which it may use), or name one in the database URL: ?search_path=public`;
  throw fatalError("database_schema", message, hint);
}
