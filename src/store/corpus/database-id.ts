import { z } from "zod";
import type { Database, Queryable } from "../driver/database.ts";
import { oneRow } from "../driver/rows.ts";
import { readMeta, writeMeta } from "./meta.ts";

const oidShape = z.object({ oid: z.string() });

/**
 * What tells a database from every other one, whatever either is called: an id that `prepare` puts into it, and the
 * server's number for it, which neither a copy nor a restored dump shares. Undefined as long as no run has written there.
 */
export async function readDatabaseId(database: Database): Promise<string | undefined> {
  if (!(await database.exists())) return undefined;
  const { database_id: id } = await readMeta(database);
  return id === undefined ? undefined : withNumber(database, id);
}

/** The same, made when there is none. In a transaction of `prepare`. */
export async function ensureDatabaseId(tx: Queryable): Promise<string> {
  const { database_id: id = crypto.randomUUID() } = await readMeta(tx);
  await writeMeta(tx, { database_id: id });
  return withNumber(tx, id);
}

async function withNumber(queryable: Queryable, id: string): Promise<string> {
  const { oid } = await oneRow(queryable, oidShape)`
    select oid::text from pg_database where datname = current_database()`;
  return `${id}/${oid}`;
}
