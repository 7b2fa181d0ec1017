import { z } from "zod";
import { cleanText } from "../driver/clean-text.ts";
import type { Queryable } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { ident, integer } from "../driver/sql.ts";
import type { StoredDocument, StoredInput, StoredSource } from "../store.ts";
import { CORPUS, type Tables } from "./tables.ts";

const PAGE_ROWS = 2_000;

const noteShape = z.object({
  kind: z.enum(["skipped", "warning", "failed"]),
  path: z.string(),
  reason: z.string(),
});
const documentShape = z.object({
  source_url: z.string(),
  input: z.string(),
  fingerprint: z.string(),
  input_documents: z.int(),
  chunks: z.int(),
  complete: z.boolean(),
  notes: z.array(noteShape),
});
const countShape = z.object({ source_name: z.string(), documents: z.int() });

/** The records of a source's documents, and of the inputs they came from. */
export async function loadStoredSource(
  queryable: Queryable,
  { documents: table }: Tables,
  source: string,
): Promise<StoredSource> {
  const documents = new Map<string, StoredDocument>();
  const inputs = new Map<string, StoredInput>();
  for (let last: string | null | undefined = null; last !== undefined;) {
    // Page by page: a driver holds what it reads several times over.
    const page: z.infer<typeof documentShape>[] = await allRows(queryable, documentShape)`
      select source_url, input, fingerprint, input_documents, chunks, complete, notes from ${ident(table)}
      where source_name = ${cleanText(source)}::text and (${last}::text is null or source_url > ${last}::text)
      order by source_url limit ${integer(PAGE_ROWS)}`;
    for (const record of page) {
      // An earlier version wrote accents as the disk did, and a file that failed would have lost what it had.
      const input = record.input.normalize("NFC");
      documents.set(record.source_url, { input, complete: record.complete, chunks: record.chunks });
      inputs.set(input, withDocument(inputs.get(input), record));
    }
    last = page.at(PAGE_ROWS - 1)?.source_url;
  }
  return { documents, inputs };
}

/** How many documents the corpus has of each source. */
export async function countDocuments(queryable: Queryable): Promise<ReadonlyMap<string, number>> {
  const counts = await allRows(queryable, countShape)`
    select source_name, count(*)::int as documents from ${ident(CORPUS.documents)} group by source_name order by source_name`;
  return new Map(counts.map(({ source_name, documents }) => [source_name, documents]));
}

function withDocument(input: StoredInput | undefined, record: z.infer<typeof documentShape>): StoredInput {
  const { fingerprint, input_documents, chunks, complete, notes } = record;
  const one = { fingerprint, documents: input_documents, complete: complete ? 1 : 0, chunks, notes };
  if (input === undefined) return one;
  // What another version of the input left behind has to go: a fingerprint that no input has makes it read again.
  const isSame = input.fingerprint === fingerprint && input.documents === input_documents;
  return {
    ...one,
    fingerprint: isSame ? fingerprint : "",
    complete: input.complete + one.complete,
    chunks: input.chunks + chunks,
  };
}
