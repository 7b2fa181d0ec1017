import { z } from "zod";
import { providerOf } from "../../embed/registry.ts";
import { parseJson } from "../../text/parse-json.ts";
import type { Queryable } from "../driver/database.ts";
import { allRows, exists } from "../driver/rows.ts";
import { sql } from "../driver/sql.ts";

const META = "ingest_meta";
const entryShape = z.object({ key: z.string(), value: z.string() });
const identityShape = z.object({
  provider: z.string(),
  model: z.string(),
  dimensions: z.int(),
  documentPrefix: z.string().optional(),
});
const markShape = z.object({ digest: z.string().optional(), probe: z.array(z.number()).readonly() });
/** What `ingest_meta` says, each key a value in JSON. */
const metaShape = z.object({
  /** Number of the last migration; 0 when there was none. */
  schema_version: z.int().catch(0),
  /** Made by the first run that wrote here, and never changed: the files that runs keep name it. */
  database_id: z.string().optional().catch(undefined),
  /** The model of the corpus. */
  identity: identityShape.transform(withProvider).optional().catch(undefined),
  /** What told the model from others of its name, when the corpus was last embedded as a whole. */
  mark: markShape.optional().catch(undefined),
  /** The shadow tables of a rebuild under way; `shape`: of the tables that it replaces. */
  shadow: identityShape
    .extend({ schemaVersion: z.int(), mark: markShape, shape: z.string() })
    .transform(withProvider)
    .optional()
    .catch(undefined),
});

export type Meta = Readonly<z.infer<typeof metaShape>>;

/** Empty when there is no such table. */
export async function readMeta(queryable: Queryable): Promise<Meta> {
  const entries = (await hasMeta(queryable))
    ? await allRows(queryable, entryShape)`select key, value from ingest_meta`
    : [];
  return metaShape.parse(Object.fromEntries(entries.map(({ key, value }) => [key, parseJson(value)])));
}

/** Writes what is given, where it differs; undefined takes a value away. */
export async function writeMeta(tx: Queryable, meta: Partial<Meta>): Promise<void> {
  // Asked first: `create table if not exists` needs the right to create tables even when there is one.
  if (!(await hasMeta(tx))) {
    await tx.query(sql`create table ingest_meta (key text primary key, value text not null)`);
  }
  for (const [key, value] of Object.entries(meta)) {
    if (value === undefined) await tx.query(sql`delete from ingest_meta where key = ${key}::text`);
    else await set(tx, key, JSON.stringify(value));
  }
}

/** Beside the corpus: one further on in the search path is another corpus's. */
export function hasMeta(queryable: Queryable): Promise<boolean> {
  return exists(queryable)`
    select from pg_class m left join pg_class c on c.oid = to_regclass('chunks')
    where m.oid = to_regclass(${META}::text) and (c.oid is null or c.relnamespace = m.relnamespace)`;
}

export function hasTable(queryable: Queryable, name: string): Promise<boolean> {
  return exists(queryable)`select where to_regclass(${name}::text) is not null`;
}

/** Whether a table, which is there, has a column. */
export function hasColumn(queryable: Queryable, table: string, name: string): Promise<boolean> {
  return exists(queryable)`
    select from pg_attribute where attrelid = ${table}::text::regclass and attname = ${name}::text and not attisdropped`;
}

/** An identity as this version names it. */
function withProvider<Identity extends z.infer<typeof identityShape>>(identity: Identity): Identity {
  return { ...identity, provider: providerOf(identity) };
}

async function set(tx: Queryable, key: string, value: string): Promise<void> {
  await tx.query(sql`
    insert into ingest_meta (key, value) values (${key}::text, ${value}::text)
    on conflict (key) do update set value = excluded.value where ingest_meta.value is distinct from excluded.value`);
}
