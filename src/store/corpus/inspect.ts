import { z } from "zod";
import { fatalError } from "../../flow/errors.ts";
import type { Database, Queryable } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { requireSchema } from "../driver/search-path.ts";
import type { CorpusState } from "../store.ts";
import { CHUNK_COLUMNS } from "./chunk-columns.ts";
import { readMeta } from "./meta.ts";
import { requireKnownSchema } from "./migrations.ts";

/** The state of a database without a table `chunks`. */
export const NO_CORPUS: CorpusState = { kind: "none", identity: undefined, dimensions: undefined };
/** Without these a table "chunks" is something else's. */
const REQUIRED = CHUNK_COLUMNS.filter(({ python }) => python === "always").map(({ name }) => name);
const columnShape = z.object({ name: z.string(), type: z.string(), modifier: z.int() });

/** What is in the database. Throws a `fatal` error when it is nothing of ours, or made by a newer program. */
export async function inspectCorpus(database: Database): Promise<CorpusState> {
  return (await database.exists()) ? inspectTables(database, database.description) : NO_CORPUS;
}

/** The same inside of a transaction. */
export async function inspectTables(queryable: Queryable, description: string): Promise<CorpusState> {
  const meta = await readMeta(queryable);
  requireKnownSchema(meta, description);
  const found = await allRows(queryable, columnShape)`
      select a.attname::text as name, t.typname::text as type, a.atttypmod as modifier
      from pg_attribute a join pg_type t on t.oid = a.atttypid where a.attrelid = to_regclass('chunks') and a.attnum > 0 and not a.attisdropped`;
  if (found.length === 0) {
    await requireSchema(queryable, description);
    return NO_CORPUS;
  }
  const columns = new Map(found.map((column) => [column.name, column]));
  const embedding = columns.get("embedding");
  const missing = REQUIRED.filter((name) => !columns.has(name));
  if (embedding === undefined || missing.length > 0) {
    throw notACorpus(description, `it has no column ${missing.map((name) => `"${name}"`).join(", ")}`);
  }
  if (embedding.type !== "vector" || embedding.modifier < 1) {
    throw notACorpus(description, 'its column "embedding" is not of type vector(N)');
  }
  const dimensions = embedding.modifier;
  if (!columns.has("source_name")) return { kind: "adoptable", identity: undefined, dimensions };
  return { kind: "current", identity: meta.identity, dimensions };
}

function notACorpus(description: string, reason: string) {
  const message = `the table "chunks" in ${description} is no corpus: ${reason}`;
  return fatalError("not_a_corpus", message, "name another database");
}
