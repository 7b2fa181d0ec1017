import { chunkDocument, type ChunkOptions } from "../chunk/chunk-document.ts";
import type { Chunk } from "../chunk/chunk.ts";
import { IngestError, messageOf } from "../flow/errors.ts";
import type { Document, Job, JobThread, Note, Parser, SourceEntry } from "../parsers/parser.ts";
import { loadParser } from "../parsers/registry.ts";

export type ChunkedDocument = { readonly document: Document; readonly chunks: readonly Chunk[] };

/** What jobs are of: a thread makes the parser for itself. */
type JobSource = {
  readonly entry: SourceEntry;
  readonly settings: Parser["settings"];
  readonly chunking: ChunkOptions;
};

/** One job; what else it needs is sent with the first that does. */
export type JobRequest = {
  /** What is asked for: its documents, or what a crawl has to know of it. */
  readonly wants: "documents" | "look";
  readonly data: object;
  /** What this job and those after it are of. */
  readonly source?: JobSource | undefined;
  /** `common` of the job: the number that it has in this thread, and what it is when that is new. */
  readonly common?: { readonly number: number; readonly value?: object } | undefined;
};

/** What became of it. */
export type JobReply<Seen extends object = object> = JobOutcome<Seen> & {
  /** The thread is to be ended: something of the job may go on in it. */
  readonly isSpent: boolean;
};

type JobOutcome<Seen extends object = object> =
  | { readonly kind: "done"; readonly documents: readonly ChunkedDocument[]; readonly notes: readonly Note[] }
  | { readonly kind: "seen"; readonly seen: Seen }
  | { readonly kind: "failed"; readonly reason: string };

/** Does jobs one after the other, in a thread where nothing else is: what a Worker runs. */
export class ParseThread {
  #source: JobSource | undefined;
  #parser: Promise<Parser> | undefined;
  readonly #common = new Map<number, object>();

  async answer(request: JobRequest): Promise<JobReply> {
    let isSpent = false;
    try {
      const outcome = await this.#do(request, { spend: () => void (isSpent = true) });
      return { isSpent, ...outcome };
    } catch (error) {
      return { kind: "failed", isSpent, reason: reasonOf(error) };
    }
  }

  async #do({ wants, data, source, common }: JobRequest, thread: JobThread): Promise<JobOutcome> {
    if (source !== undefined) {
      this.#source = source;
      this.#parser = loadParser(source.entry, source.settings);
      this.#common.clear();
    }
    if (common?.value !== undefined) this.#common.set(common.number, common.value);
    const parser = await this.#parser;
    if (this.#source === undefined) throw new TypeError("a job of no source");
    const { entry, chunking } = this.#source;
    const job: Job = { data, common: common && this.#common.get(common.number) };
    if (wants === "look") {
      if (parser?.look === undefined) throw new TypeError("a parser that looks at nothing");
      return { kind: "seen", seen: await parser.look(job, entry) };
    }
    if (parser?.parse === undefined) throw new TypeError("a parser without jobs");
    const { documents, notes } = await parser.parse(job, entry, thread);
    return { kind: "done", documents: chunked(documents, chunking), notes };
  }
}

/** Documents with their chunks. */
export function chunked(documents: readonly Document[], chunking: ChunkOptions): readonly ChunkedDocument[] {
  return documents.map((document) => ({ document, chunks: chunkDocument(document, chunking) }));
}

/** A mistake of a parser costs the file that it is made with. */
function reasonOf(error: unknown): string {
  return error instanceof IngestError ? error.message : `its parser failed: ${messageOf(error)}`;
}
