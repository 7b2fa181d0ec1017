import type { BinaryCopy } from "../driver/copy-binary.ts";
import type { ChunkRow, DocumentWrite } from "../store.ts";

/** A chunk with all that its row is made of. */
type StagedChunk = DocumentWrite & ChunkRow & { readonly embeddingModel: string };

type Encode = (copy: BinaryCopy, chunk: StagedChunk) => void;

/** What a column is to a run, which appends its value to a row of a binary COPY. */
type Role =
  /** Tells a chunk from all others, together with the others; they make up a key in the order of `keyPlace`. */
  | { readonly role: "identity"; readonly keyPlace: number; readonly encode: Encode }
  /** What may change while the text stays. */
  | { readonly role: "description"; readonly encode: Encode }
  | { readonly role: "content" | "embedding"; readonly encode: Encode }
  /** Filled by the database. */
  | { readonly role: "database" };

export type ChunkColumn = Role & {
  readonly name: string;
  /** In SQL; that of a vector without its dimensions. */
  readonly type: string;
  /** In SQL. A column that has a default is never null. */
  readonly default?: string;
  /** What PostgreSQL computes it from, in SQL. */
  readonly generated?: string;
  readonly index?: "btree" | "gin";
  /** The name by which readers know its index: they make one where nothing is called so. */
  readonly readersIndex?: string;
  /** Whether tables of the Python tool have it; undefined for a column of ours. */
  readonly python?: "always" | "sometimes";
};

const text = typed<string>("text", "''", (copy, value) => copy.text(value));
const hash = typed<string>("varchar(64)", "''", (copy, value) => copy.text(value));
const textArray = typed<readonly string[]>("text[]", "'{}'", (copy, value) => copy.textArray(value));
const boolean = typed<boolean>("boolean", "false", (copy, value) => copy.boolean(value));
const integer = typed<number>("integer", "0", (copy, value) => copy.integer(value));
const json = typed<Readonly<Record<string, unknown>>>("jsonb", "'{}'", (copy, value) => copy.json(value));
const nullableVector = typed<Float32Array | null>("vector", undefined, (copy, value) =>
  value === null ? copy.null() : copy.vector(value),
);
const time = { type: "timestamptz", default: "now()" };

/** What readers call the index on vectors. */
export const VECTOR_INDEX = "idx_chunks_embedding_hnsw";

const SEARCHED = "coalesce(context_header, '') || ' ' || coalesce(title, '') || ' ' || coalesce(content, '')";
/** Readers of the corpus know this expression. */
const SEARCH_VECTOR = `to_tsvector('english', ${SEARCHED})`;
/** The words within names that it lacks: to PostgreSQL's parser `a.b` is one word, a host, and `<a-b>` none. */
const NAME_WORDS = `ts_delete(to_tsvector('english', ${wordsApart(SEARCHED)}), tsvector_to_array(${SEARCH_VECTOR}))`;

/**
 * The columns of `chunks` behind its `id`, in the order in which they are created. Creating and adopting the table,
 * loading, comparing and carrying over its rows go by this list. A new column is a line here and a migration that adds it
 * to the tables there are.
 */
// One line a column:
// prettier-ignore
export const CHUNK_COLUMNS: readonly ChunkColumn[] = [
  { name: "source_url", role: "identity", keyPlace: 2, python: "always", ...text(({ document }) => document.sourceUrl) },
  { name: "title", role: "description", python: "always", ...text(({ document }) => document.title) },
  { name: "doc_type", role: "description", python: "sometimes", ...text(({ document }) => document.docType) },
  { name: "content", role: "content", python: "always", ...text(({ chunk }) => chunk.content) },
  { name: "content_hash", role: "identity", keyPlace: 3, index: "btree", python: "always", ...hash(({ chunk }) => chunk.contentHash) },
  { name: "context_header", role: "description", python: "sometimes", ...text(({ chunk }) => chunk.contextHeader) },
  { name: "generations", role: "description", index: "gin", readersIndex: "idx_chunks_generations_gin", python: "sometimes", ...textArray(({ document }) => document.generations) },
  { name: "deprecated", role: "description", python: "sometimes", ...boolean(({ document }) => document.deprecated) },
  { name: "source_type", role: "description", index: "btree", readersIndex: "idx_chunks_source_type", python: "sometimes", ...text(({ sourceType }) => sourceType) },
  { name: "display_url", role: "description", python: "sometimes", ...text(({ document }) => document.displayUrl) },
  { name: "embedding", role: "embedding", readersIndex: VECTOR_INDEX, python: "always", ...nullableVector(({ vector }) => vector) },
  { name: "search_vector", role: "database", index: "gin", readersIndex: "idx_chunks_search_vector_gin", python: "sometimes", type: "tsvector", generated: SEARCH_VECTOR },
  { name: "name_words", role: "database", index: "gin", type: "tsvector", generated: NAME_WORDS },
  { name: "metadata", role: "description", python: "sometimes", ...json(({ document, metadata }) => ({ ...document.metadata, ...metadata })) },
  { name: "created_at", role: "database", python: "sometimes", ...time },
  { name: "updated_at", role: "database", python: "sometimes", ...time },
  { name: "source_name", role: "identity", keyPlace: 1, ...text(({ source }) => source) },
  { name: "chunk_index", role: "description", ...integer(({ chunk }) => chunk.chunkIndex) },
  { name: "embedding_model", role: "description", ...text(({ embeddingModel }) => embeddingModel) },
];

/** Names of the columns that tell a chunk from all others. */
export const IDENTITY = CHUNK_COLUMNS.flatMap((column) => (column.role === "identity" ? [column] : []))
  .sort((one, other) => one.keyPlace - other.keyPlace)
  .map(({ name }) => name);
/** Names of those that may change while the text stays. */
export const DESCRIPTION = CHUNK_COLUMNS.filter(({ role }) => role === "description").map(({ name }) => name);
/** The columns that a run fills. */
export const STAGED = CHUNK_COLUMNS.flatMap((column) => (column.role === "database" ? [] : [column]));

/**
 * SQL for a text, given as SQL, with spaces for its punctuation. Only ASCII, which every encoding of a database has. By an
 * expression, which takes a seventh of the time of `translate`: that looks at all 32 characters for each letter.
 */
export function wordsApart(of: string): string {
  return `regexp_replace(${of}, '[!-/:-@[-\`{-~]', ' ', 'g')`;
}

/** A type of PostgreSQL with its default, and how a chunk's value of that type is taken and encoded. */
function typed<Value>(type: string, initial: string | undefined, append: (copy: BinaryCopy, value: Value) => void) {
  return (valueOf: (chunk: StagedChunk) => Value) => {
    const encode: Encode = (copy, chunk) => append(copy, valueOf(chunk));
    return { type, encode, ...(initial === undefined ? {} : { default: initial }) };
  };
}
