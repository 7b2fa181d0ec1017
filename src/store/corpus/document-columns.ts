import type { DocumentWrite } from "../store.ts";

type DocumentColumn = {
  readonly name: string;
  readonly type: string;
  /** In SQL; columns of the key have none, and are not null either. */
  readonly default?: string;
  readonly isKey?: true;
  /** What is recorded of a document that is stored. */
  readonly value?: (write: DocumentWrite) => unknown;
};

/** The columns of `ingest_documents`, in the order in which they are created. */
export const DOCUMENT_COLUMNS: readonly DocumentColumn[] = [
  { name: "source_name", type: "text", isKey: true, value: ({ source }) => source },
  { name: "source_url", type: "text", isKey: true, value: ({ document }) => document.sourceUrl },
  { name: "input", type: "text", default: "''", value: ({ input }) => input.path },
  { name: "fingerprint", type: "text", default: "''", value: ({ input }) => input.fingerprint },
  { name: "input_documents", type: "integer", default: "0", value: ({ input }) => input.documents },
  // Counted in the table, when the rows are in.
  { name: "chunks", type: "integer", default: "0" },
  { name: "complete", type: "boolean", default: "false", value: ({ complete }) => complete },
  { name: "notes", type: "jsonb", default: "'[]'", value: ({ input }) => input.notes },
  { name: "updated_at", type: "timestamptz", default: "now()" },
];
