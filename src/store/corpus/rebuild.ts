import { z } from "zod";
import { fatalError, messageOf } from "../../flow/errors.ts";
import type { Database, Queryable } from "../driver/database.ts";
import { exists, oneRow } from "../driver/rows.ts";
import { constant, ident, sql } from "../driver/sql.ts";
import { sameIdentity, sameMark } from "../model-identity.ts";
import type { ModelMark } from "../../embed/embedder.ts";
import type { CorpusState, ModelIdentity } from "../store.ts";
import { createLacking, lackingIndexes } from "./carried-indexes.ts";
import type { LockPatience } from "./exclusive-lock.ts";
import { hasTable, readMeta, writeMeta } from "./meta.ts";
import { migrate } from "./migrations.ts";
import { bringUpToDate, inSchemaTransaction } from "./prepare.ts";
import { requireReplaceable } from "./replaceable.ts";
import { attachmentsOf } from "./table-attachments.ts";
import { inheritShape, type Replacement } from "./table-shape.ts";
import { CORPUS, SHADOW } from "./tables.ts";

const DOCUMENTS = { from: CORPUS.documents, to: SHADOW.documents };
const CHUNKS = { from: CORPUS.chunks, to: SHADOW.chunks };
/** The tables of the corpus, and those of a rebuild that take their places. */
export const REPLACEMENTS: readonly Replacement[] = [DOCUMENTS, CHUNKS];

/** Of those what there is to be replaced. A table of documents without a corpus of ours is another corpus's, further on in the search path. */
export function replacedIn({ kind }: Pick<CorpusState, "kind">): readonly Replacement[] {
  return { none: [], adoptable: [CHUNKS], current: REPLACEMENTS }[kind];
}

type RebuildOptions = {
  readonly mark: ModelMark;
  /** For how long after its last write an interrupted rebuild may be gone on with. */
  readonly shadowMsMax: number;
  readonly patience: LockPatience | undefined;
};

const shapeShape = z.object({ shape: z.string() });

/**
 * Makes the shadow tables, or goes on in those of an interrupted rebuild with the same model. The corpus is brought to
 * the newest schema, for rows may be carried over from it; one that is not ours yet is left alone. What the tables that
 * readers have could not be given anew stops the rebuild here, with nothing changed. Returns the database's id.
 */
export function prepareRebuild(
  database: Database,
  identity: ModelIdentity,
  { mark, shadowMsMax, patience }: RebuildOptions,
): Promise<string> {
  const { description } = database;
  const work = async (tx: Queryable, state: CorpusState) => {
    await requireReplaceable(tx, description, identity.dimensions);
    if (state.kind === "current") {
      const own = { ...identity, dimensions: state.dimensions ?? identity.dimensions };
      await bringUpToDate(tx, state, own, { patience, description });
    }
    const { shadow } = await readMeta(tx);
    const shape = await shapeOf(tx);
    const goesOn =
      sameIdentity(shadow, identity) &&
      sameMark(shadow?.mark, mark) &&
      shadow?.shape === shape &&
      (await hasTable(tx, SHADOW.chunks)) &&
      (await isYoung(tx, shadowMsMax));
    if (!goesOn) await tx.query(sql`drop table if exists ${ident(SHADOW.chunks)}, ${ident(SHADOW.documents)}`);
    const version = goesOn ? (shadow?.schemaVersion ?? 0) : 0;
    const schemaVersion = await migrate(tx, SHADOW, { version, dimensions: identity.dimensions });
    for (const replacement of replacedIn(state)) await giveShape(tx, replacement, database, { isNew: !goesOn });
    await writeMeta(tx, { shadow: { ...identity, schemaVersion, mark, shape } });
  };
  return inSchemaTransaction(database, work, { replaces: true });
}

/** What the tables of the corpus have that shapes rows: where it has changed, the rows of a shadow may not fit any more. */
async function shapeOf(tx: Queryable): Promise<string> {
  const isCorpus = sql`in (to_regclass(${CORPUS.chunks}::text), to_regclass(${CORPUS.documents}::text))`;
  const { shape } = await oneRow(tx, shapeShape)`
    select md5(coalesce(string_agg(part, ';' order by part), '')) as shape from (
      select a.attrelid::regclass || ' ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) from pg_attribute a
      where a.attrelid ${isCorpus} and a.attnum > 0 and not a.attisdropped and a.attname <> 'embedding'
      union all
      select k.conrelid::regclass || ' ' || pg_get_constraintdef(k.oid) from pg_constraint k
      where k.conrelid ${isCorpus} and k.contype in ('c', 'f', 'u', 'p', 'x')
      union all
      select pg_get_indexdef(i.indexrelid) from pg_index i where i.indrelid ${isCorpus} and i.indisunique
      union all
      select pg_get_triggerdef(t.oid) from pg_trigger t where t.tgrelid ${isCorpus} and not t.tgisinternal) parts (part)`;
  return shape;
}

async function isYoung(tx: Queryable, msMax: number): Promise<boolean> {
  return exists(tx)`
    select from ${ident(SHADOW.documents)}
    having max(updated_at) >= clock_timestamp() - make_interval(secs => ${msMax / 1_000}::float8)`;
}

const POLICY = /^(create|comment on) policy /;

/** Gives a table of the shadow what its rows are to be shaped by, and tries out all else that the swap will give it. */
async function giveShape(
  tx: Queryable,
  replacement: Replacement,
  database: Database,
  { isNew }: { readonly isNew: boolean },
): Promise<void> {
  const { from, to } = replacement;
  const attempt = async (work: () => Promise<unknown>, what: string) => {
    try {
      await work();
    } catch (error) {
      throw fatalError(
        "database_dependents",
        `--clean puts a new table in the place of "${from}" in ${database.description}, and cannot give it what the old one has: ${what}: ${messageOf(error)}`,
        "grant the database user what this needs, or drop it, run again, and make it anew",
        error,
      );
    }
  };
  await attempt(() => inheritShape(tx, replacement), "its columns, constraints or settings");
  await tx.query(sql`savepoint trial`);
  for (const statement of await attachmentsOf(tx, { ...replacement, named: to })) {
    if (!POLICY.test(statement)) await attempt(() => tx.query(constant(statement)), statement.replaceAll(to, from));
  }
  // In a table without rows, where it costs nothing.
  const lacking = isNew ? await lackingIndexes(tx, replacement, database) : [];
  for (const index of lacking) await attempt(() => createLacking(tx, index), `index ${index.name}`);
  // A policy may call its table by name: it is tried on one that has it.
  await tx.query(sql`create temp table ${ident(from)} (like ${ident(to)})`);
  for (const statement of await attachmentsOf(tx, { ...replacement, named: from })) {
    if (POLICY.test(statement)) await attempt(() => tx.query(constant(statement)), statement);
  }
  await tx.query(sql`rollback to savepoint trial`);
  // They keep rows out while they are loaded; the others are built faster afterwards.
  for (const index of lacking.filter(({ unique }) => unique)) await createLacking(tx, index);
}
