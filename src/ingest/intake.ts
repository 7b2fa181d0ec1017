import type { Remark } from "../parsers/parser.ts";
import { acceptDocuments, refusal } from "./accept-documents.ts";
import type { DocumentFlow } from "./document-flow.ts";
import type { IngestorOptions } from "./ingestor-options.ts";
import type { ChunkedDocument } from "./parse-thread.ts";
import type { ReadInput } from "./read-source.ts";
import type { SourceNotes } from "./source-notes.ts";
import type { SourceRun } from "./source-run.ts";

type IntakeOptions = Pick<IngestorOptions, "mode" | "failures"> & {
  readonly flow: DocumentFlow;
  readonly notes: SourceNotes;
  /** One was. */
  readonly onTaken: () => void;
};

/** What becomes of the inputs of a source when they were read: they are named, kept as they are stored, or go their way. */
export class Intake {
  readonly #run: SourceRun;
  readonly #options: IntakeOptions;
  /** Inputs of whose stored documents the failure log names one. */
  readonly #failedInputs: ReadonlySet<string>;

  constructor(run: SourceRun, options: IntakeOptions) {
    this.#run = run;
    this.#options = options;
    const wanted = options.failures.wanted(run.name);
    const failed = [...run.stored.documents].filter(([sourceUrl]) => wanted.has(sourceUrl));
    this.#failedInputs = new Set(failed.map(([, { input }]) => input));
  }

  async take(input: ReadInput): Promise<void> {
    const run = this.#run;
    const { notes } = this.#options;
    if (input.kind === "elsewhere") return this.#leave(input.path);
    if (input.kind === "remark") return this.#remark(input);
    if (input.kind !== "unlisted") run.counters.fileRead();
    switch (input.kind) {
      case "unlisted":
        run.coverage.failListing(input.path);
        return notes.take(run, { ...input, kind: "failed" });
      case "failed":
        run.coverage.keepUnread(input.path);
        return notes.take(run, input);
      case "unchanged":
        for (const sourceUrl of run.coverage.keep(input.path)) notes.take(run, refusal(run, input.path, sourceUrl));
        run.counters.unchanged(input.documents, input.chunks);
        for (const note of input.notes) notes.take(run, note, input.path);
        this.#options.onTaken();
        return;
      case "parsed":
        for (const note of input.notes) notes.take(run, note, input.path);
        return this.#takeDocuments(input);
    }
  }

  /** The run of that part may be no retry of it: what is missing here may have moved there. */
  #leave(path: string): void {
    const { coverage } = this.#run;
    coverage.leave(path);
    if (this.#options.mode.kind === "retry") coverage.passOver();
  }

  /** Of the source as a whole: said by the first part only. */
  #remark({ path, reason, needsAllInputs = false }: Remark): void {
    const { index = 1, count = 1 } = this.#run.part ?? {};
    if (index > 1) return;
    const tooMany = count > 1 && needsAllInputs ? "; those that files of other parts show are among them" : "";
    this.#options.notes.take(this.#run, { kind: "skipped", path, reason: `${reason}${tooMany}` });
  }

  async #takeDocuments(input: Extract<ReadInput, { kind: "parsed" }>): Promise<void> {
    const run = this.#run;
    const { flow, notes, onTaken } = this.#options;
    const { path, fingerprint } = input;
    const { documents, expected } = acceptDocuments(run, input, (note) => notes.take(run, note, path));
    if (documents.length === 0) return;
    if (!this.#wants(path, documents)) {
      return run.coverage.passOver(documents.map(({ document }) => document.sourceUrl));
    }
    for (const { document } of documents) run.coverage.open(document.sourceUrl);
    const chunks = documents.reduce((sum, chunked) => sum + chunked.chunks.length, 0);
    run.counters.documentsRead(documents.length, chunks);
    await flow.take(run, documents, { path, fingerprint, notes: input.notes, documents: expected });
    onTaken();
  }

  /**
   * A retry takes the inputs of the documents that the log names, whole: an edit since may have given them other
   * chunks, or their documents other addresses.
   */
  #wants(path: string, documents: readonly ChunkedDocument[]): boolean {
    const { mode, failures } = this.#options;
    if (mode.kind !== "retry") return true;
    const wanted = failures.wanted(this.#run.name);
    if (documents.some(({ document }) => wanted.has(document.sourceUrl))) return true;
    return this.#failedInputs.has(path);
  }
}
