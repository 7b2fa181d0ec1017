import type { Note } from "../parsers/parser.ts";
import type { ChunkedDocument } from "./parse-thread.ts";
import type { ReadInput } from "./read-source.ts";
import type { SourceRun } from "./source-run.ts";

type AcceptedDocuments = {
  readonly documents: readonly ChunkedDocument[];
  /** How many the input has, those included that were not accepted: as long as they are missing, it is read again. */
  readonly expected: number;
};

/** The documents of an input that have text, and an address that is theirs; what the others lack is noted. */
export function acceptDocuments(
  run: SourceRun,
  { path, notes, documents }: Extract<ReadInput, { kind: "parsed" }>,
  note: (note: Note) => void,
): AcceptedDocuments {
  const { coverage } = run;
  const withText = documents.filter(({ document: { sourceUrl }, chunks }) => {
    if (chunks.length === 0) note({ kind: "skipped", path, reason: `no text in ${sourceUrl}` });
    return chunks.length > 0;
  });
  const urls = withText.map(({ document }) => document.sourceUrl);
  const isWhole = notes.every(({ kind }) => kind !== "failed");
  const doubtful: ReadonlySet<string> = isWhole ? new Set() : coverage.doubtful(urls, path);
  const accepted = withText.filter(({ document: { sourceUrl } }) => {
    if (doubtful.has(sourceUrl)) return false;
    const isFree = coverage.ownerOf(sourceUrl, path) === undefined;
    if (isFree) coverage.see(sourceUrl, path);
    else note(refusal(run, path, sourceUrl));
    return isFree;
  });
  return { documents: accepted, expected: withText.length };
}

/** Names an input that has a document under the address of another one. */
export function refusal({ coverage }: SourceRun, path: string, sourceUrl: string): Note {
  const owner = coverage.ownerOf(sourceUrl, path) ?? "";
  return {
    kind: "failed",
    path,
    reason: `a second document with the source_url ${sourceUrl}, which that of ${owner} has`,
  };
}
