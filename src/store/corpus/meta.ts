import { z } from "zod";
import type { Queryable } from "../driver/database.ts";
import { allRows, exists } from "../driver/rows.ts";
import { sql } from "../driver/sql.ts";
import type { ModelIdentity } from "../store.ts";

const META = "ingest_meta";
const entryShape = z.object({ key: z.string(), value: z.string() });
const identitySchema = z.object({ provider: z.string(), model: z.string(), dimensions: z.number().int() });
const shadowSchema = identitySchema.extend({ schemaVersion: z.number().int() });

/** What `ingest_meta` says about the corpus, and about the shadow tables of a rebuild under way. */
export type Meta = {
  /** Number of the last migration; 0 when there was none. */
  readonly schemaVersion: number;
  readonly identity: ModelIdentity | undefined;
  readonly shadow: (ModelIdentity & { readonly schemaVersion: number }) | undefined;
};

/** Empty when there is no such table. */
export async function readMeta(queryable: Queryable): Promise<Meta> {
  const entries = (await hasTable(queryable, META))
    ? await allRows(queryable, entryShape)`select key, value from ingest_meta`
    : [];
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  return {
    schemaVersion: Number(values.get("schema_version") ?? 0),
    identity: identitySchema.safeParse(parsed(values.get("identity"))).data,
    shadow: shadowSchema.safeParse(parsed(values.get("shadow"))).data,
  };
}

/** Writes what is given, where it differs; undefined takes a value away. */
export async function writeMeta(tx: Queryable, meta: Partial<Meta>): Promise<void> {
  // Asked first: `create table if not exists` needs the right to create tables even when there is one.
  if (!(await hasTable(tx, META))) {
    await tx.query(sql`create table ingest_meta (key text primary key, value text not null)`);
  }
  if (meta.schemaVersion !== undefined) await set(tx, "schema_version", String(meta.schemaVersion));
  if (meta.identity !== undefined) await set(tx, "identity", JSON.stringify(meta.identity));
  if (!("shadow" in meta)) return;
  if (meta.shadow === undefined) await tx.query(sql`delete from ingest_meta where key = 'shadow'`);
  else await set(tx, "shadow", JSON.stringify(meta.shadow));
}

export function hasTable(queryable: Queryable, name: string): Promise<boolean> {
  return exists(queryable)`select where to_regclass(${name}::text) is not null`;
}

async function set(tx: Queryable, key: string, value: string): Promise<void> {
  await tx.query(sql`
    insert into ingest_meta (key, value) values (${key}::text, ${value}::text)
    on conflict (key) do update set value = excluded.value where ingest_meta.value is distinct from excluded.value`);
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}
