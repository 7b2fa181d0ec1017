import type { Chunk } from "../chunk/chunk.ts";
import { messageOf } from "../flow/errors.ts";
import type { Document, Note } from "../parsers/parser.ts";
import { type Reading, type ReadInput, readSource } from "./read-source.ts";
import type { ParseThreads } from "./parse-threads.ts";
import type { PlannedSource } from "./source-run.ts";

type ParsedSourceOptions = Reading & {
  readonly threads: ParseThreads;
  readonly onNote: (note: Note) => void;
  readonly onDocument: (document: Document, chunks: readonly Chunk[]) => void;
};

/** What a source amounts to. */
export type ParsedSource = {
  readonly source: string;
  readonly parser: string;
  readonly files: number;
  readonly documents: number;
  readonly chunks: number;
  /** Documents whose text makes no chunk. */
  readonly withoutChunks: number;
  /** Files that are not of the source's kind, drafts and the like. */
  readonly skipped: number;
  readonly warnings: number;
  /** Files, pages or directories that could not be read. */
  readonly failed: number;
  /** Characters of all chunks, and of the longest one. */
  readonly characters: number;
  readonly charactersMax: number;
  readonly generations: Readonly<Record<string, number>>;
  readonly docTypes: Readonly<Record<string, number>>;
};

/** Reads a source as a run does, and stores nothing. */
export async function parsedSource(
  source: PlannedSource,
  { onNote, onDocument, ...reading }: ParsedSourceOptions,
): Promise<ParsedSource> {
  const counts = { files: 0, documents: 0, chunks: 0, withoutChunks: 0, characters: 0, charactersMax: 0 };
  const notes = { skipped: 0, warnings: 0, failed: 0 };
  const generations = new Map<string, number>();
  const docTypes = new Map<string, number>();
  const note = (what: Note) => {
    notes[what.kind === "warning" ? "warnings" : what.kind]++;
    onNote(what);
  };
  const seen = new Set<string>();
  const take = (input: ReadInput) => {
    if (input.kind === "elsewhere") return;
    if (input.kind === "remark") return note({ ...input, kind: "skipped" });
    if (input.kind !== "unlisted") counts.files++;
    if (input.kind === "unlisted" || input.kind === "failed") note({ ...input, kind: "failed" });
    else for (const one of input.notes) note(one);
    if (input.kind !== "parsed") return;
    for (const { document, chunks } of input.documents) {
      const { sourceUrl } = document;
      if (seen.has(sourceUrl)) note({ kind: "failed", path: input.path, reason: `a second document ${sourceUrl}` });
      seen.add(sourceUrl);
      counts.documents++;
      counts.chunks += chunks.length;
      if (chunks.length === 0) counts.withoutChunks++;
      for (const { content } of chunks) {
        counts.characters += content.length;
        counts.charactersMax = Math.max(counts.charactersMax, content.length);
      }
      for (const generation of document.generations) add(generations, generation);
      add(docTypes, document.docType);
      onDocument(document, chunks);
    }
  };
  const { name, parser } = source.entry;
  try {
    for await (const input of readSource(source, reading)) take(input);
  } catch (error) {
    if (reading.context.signal.aborted) throw error;
    note({ kind: "failed", path: name, reason: messageOf(error) });
  }
  return {
    ...{ source: name, parser, ...counts, ...notes },
    generations: Object.fromEntries(generations),
    docTypes: Object.fromEntries(docTypes),
  };
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
