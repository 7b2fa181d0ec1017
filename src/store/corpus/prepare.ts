import { fatalError } from "../../flow/errors.ts";
import { sqlStateOf } from "../driver/classify.ts";
import type { Database, Queryable } from "../driver/database.ts";
import { missingRights, requireRights } from "../driver/missing-rights.ts";
import { exists } from "../driver/rows.ts";
import { sql } from "../driver/sql.ts";
import { lockForTransaction } from "../driver/transaction-locks.ts";
import { requireSameModel } from "../model-identity.ts";
import type { ModelMark } from "../../embed/embedder.ts";
import type { CorpusState, ModelIdentity } from "../store.ts";
import { adoptTable } from "./adopt.ts";
import { ensureDatabaseId } from "./database-id.ts";
import { type LockPatience, takeExclusive } from "./exclusive-lock.ts";
import { inspectTables } from "./inspect.ts";
import { readMeta, writeMeta } from "./meta.ts";
import { altersTables, migrate } from "./migrations.ts";
import { createReadersFunction } from "./readers-function.ts";
import { CORPUS } from "./tables.ts";

const INSUFFICIENT_PRIVILEGE = "42501";

/** Makes, migrates or adopts the tables and stores the identity, all or nothing. Returns the database's id. */
export function prepareCorpus(
  database: Database,
  identity: ModelIdentity,
  { mark, patience }: { readonly mark: ModelMark | undefined; readonly patience: LockPatience | undefined },
): Promise<string> {
  const { description } = database;
  return inSchemaTransaction(database, async (tx, state) => {
    requireSameModel(state, identity, description);
    await bringUpToDate(tx, state, identity, { patience, description });
    // Of a corpus that is there already, who knows what made its vectors.
    const documentPrefix = state.kind === "none" ? identity.documentPrefix : state.identity?.documentPrefix;
    await writeMeta(tx, {
      identity: { ...identity, documentPrefix },
      ...(state.kind === "none" && mark !== undefined ? { mark } : {}),
    });
  });
}

/** A transaction that may change the schema, with the extension in place. `replaces`: for tables that take the place of the corpus's. Returns the database's id. */
export async function inSchemaTransaction(
  database: Database,
  work: (tx: Queryable, state: CorpusState) => Promise<void>,
  { replaces = false }: { readonly replaces?: boolean } = {},
): Promise<string> {
  await database.create();
  return database.begin(async (tx) => {
    await lockForTransaction(tx, "schema");
    const grants = await missingRights(tx, "", { readsOnly: false, replaces });
    await createExtension(tx, database.description, grants);
    requireRights(grants, database.description);
    await createReadersFunction(tx);
    await work(tx, await inspectTables(tx, database.description));
    return ensureDatabaseId(tx);
  });
}

/** The tables of the corpus in the newest schema. */
export async function bringUpToDate(
  tx: Queryable,
  { kind }: CorpusState,
  identity: ModelIdentity,
  { patience, description }: { readonly patience: LockPatience | undefined; readonly description: string },
): Promise<void> {
  const { schema_version: reached } = await readMeta(tx);
  if (kind === "adoptable" || (kind === "current" && (await altersTables(tx, CORPUS, reached)))) {
    const hint = "end what reads the tables, then run again: nothing was changed";
    await takeExclusive(tx, kind === "current" ? [CORPUS.documents, CORPUS.chunks] : [CORPUS.chunks], {
      patience,
      description,
      hint,
    });
  }
  if (kind === "adoptable") await adoptTable(tx, identity);
  const version = { none: 0, adoptable: 1, current: reached }[kind];
  const { dimensions } = identity;
  await writeMeta(tx, { schema_version: await migrate(tx, CORPUS, { version, dimensions }) });
}

async function createExtension(tx: Queryable, description: string, grants: readonly string[]): Promise<void> {
  // Asked first, for those who may use it and not create it.
  if (await exists(tx)`select from pg_extension where extname = 'vector'`) return;
  try {
    await tx.query(sql`create extension vector`);
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    const message = `the extension "vector" cannot be created in ${description}`;
    const hint = `a superuser must do it once, in this database: ${["CREATE EXTENSION vector;", ...grants].join(" ")}`;
    throw fatalError("vector_rights", message, hint, error);
  }
}
