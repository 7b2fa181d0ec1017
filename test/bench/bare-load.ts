import { SQL } from "bun";
import { STAGED } from "../../src/store/corpus/chunk-columns.ts";
import { buildIndex } from "../../src/store/corpus/index-build.ts";
import { CORPUS, createIndexes } from "../../src/store/corpus/tables.ts";
import { corpusStore } from "../../src/store/corpus-store.ts";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { constant } from "../../src/store/driver/sql.ts";

/** Does a step, and notes what it costs. */
export type Timed = (name: string, work: () => Promise<unknown>) => Promise<void>;

/** The columns of a binary COPY, as SQL has them. */
export const COPIED = STAGED.map(({ name }) => `"${name}"`).join(", ");

/**
 * What storing rows costs at least: one COPY of them into a table like ours, and then its indexes with the same settings, as
 * somebody does it who does it once. Only these three steps are timed.
 */
export async function bareLoad(
  choice: Extract<DatabaseChoice, { kind: "server" }>,
  { dimensions, rows, timed }: { dimensions: number; rows: Iterable<Uint8Array>; timed: Timed },
): Promise<void> {
  const prepared = await openServer(choice);
  const store = corpusStore(prepared, { rebuild: false });
  await store.lock([], { exclusive: true });
  await store.prepare({ provider: "bench", model: "bench", dimensions });
  await prepared.close();
  const sql = new SQL(choice.url, { max: 1 });
  await sql.unsafe(`
    do $$ declare named text; begin
      for named in select indexrelid::regclass from pg_index where indrelid = 'chunks'::regclass and not indisunique
      loop execute 'drop index ' || named; end loop; end $$`);
  await timed("copy", async () => {
    const writer = sql.unsafe(`copy chunks (${COPIED}) from stdin (format binary)`).writable().getWriter();
    for (const part of rows) await writer.write(part);
    await writer.close();
  });
  await sql.close();
  const opened = await openServer(choice);
  await opened.lock([]);
  await timed("indexes for words", () =>
    buildIndex(opened, CORPUS.chunks, async (tx) => {
      await createIndexes(tx, CORPUS);
      return true;
    }),
  );
  await timed("index on vectors", () =>
    buildIndex(opened, CORPUS.chunks, async (tx) => {
      await tx.query(constant("create index on chunks using hnsw (embedding vector_cosine_ops)"));
      return true;
    }),
  );
  await opened.close();
}
