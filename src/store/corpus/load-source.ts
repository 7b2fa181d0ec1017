import type { Note } from "../../parsers/parser.ts";
import { cleanText } from "../driver/clean-text.ts";
import type { Queryable } from "../driver/database.ts";
import { ident, sql } from "../driver/sql.ts";
import type { StoredInput, StoredSource } from "../store.ts";
import { CORPUS, type Tables } from "./tables.ts";

type Row = {
  readonly source_url: string;
  readonly input: string;
  readonly fingerprint: string;
  readonly input_documents: number;
  readonly chunks: number;
  readonly complete: boolean;
  readonly notes: readonly Note[];
};

/** The records of a source's documents, and of the inputs they came from. */
export async function loadStoredSource(
  queryable: Queryable,
  { documents: table }: Tables,
  source: string,
): Promise<StoredSource> {
  const rows = await queryable.query<Row>(sql`
    select source_url, input, fingerprint, input_documents, chunks, complete, notes
    from ${ident(table)} where source_name = ${cleanText(source)}::text order by source_url`);
  const documents = new Map(
    rows.map(({ source_url, input, complete, chunks }) => [source_url, { input, complete, chunks }]),
  );
  const inputs = new Map<string, StoredInput>();
  for (const row of rows) inputs.set(row.input, withDocument(inputs.get(row.input), row));
  return { documents, inputs };
}

/** How many documents the corpus has of each source. */
export async function countDocuments(queryable: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await queryable.query<{ source_name: string; documents: number }>(sql`
    select source_name, count(*)::int as documents from ${ident(CORPUS.documents)} group by source_name order by source_name`);
  return new Map(rows.map(({ source_name, documents }) => [source_name, documents]));
}

function withDocument(input: StoredInput | undefined, row: Row): StoredInput {
  const { fingerprint, input_documents, chunks, complete, notes } = row;
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
