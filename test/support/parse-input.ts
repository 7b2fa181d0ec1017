import { ParseThread } from "../../src/ingest/parse-thread.ts";
import { ParseThreads, type ParseWorker } from "../../src/ingest/parse-threads.ts";
import type { SourceReader } from "../../src/parsers/define-parser.ts";
import type { LoadedInput, ParseContext, ParsedInput, Parser, SourceEntry } from "../../src/parsers/parser.ts";
import { startParseWorker } from "../../src/start-parse-worker.ts";

/** What becomes of an input, made of what a Worker would get; in this thread where its parser may be in it. */
export async function parseInput(
  parser: SourceReader | Parser,
  source: SourceEntry,
  loaded: LoadedInput,
): Promise<ParsedInput> {
  if (!("job" in loaded)) return loaded.parse();
  const { data, common, timeLimit } = loaded.job();
  // pdfjs changes the thread that it is in, and may not come to an end.
  if (timeLimit !== undefined && "name" in parser) {
    using threads = new ParseThreads({ start: startParseWorker });
    return await parseInThread(threads, parser, source, { fingerprint: "", job: () => ({ data, common, timeLimit }) });
  }
  if (parser.parse === undefined) throw new TypeError("a parser that has jobs and does none");
  const job = { data: structuredClone(data), common: keptClone(common) };
  return parser.parse(job, structuredClone(source), { spend() {} });
}

/** What becomes of an input in one of the threads. */
export async function parseInThread(
  threads: ParseThreads,
  parser: Parser,
  entry: SourceEntry,
  loaded: LoadedInput,
): Promise<ParsedInput> {
  if (!("job" in loaded)) return loaded.parse();
  const jobs = threads.of({ entry, parser }, { chunkSize: 400, chunkOverlap: 0 });
  const { documents, notes } = await jobs.do(loaded.job(), loaded.bytes ?? 0, new AbortController().signal);
  return { documents: documents.map(({ document }) => document), notes };
}

/** What a run gives a parser that lists inputs by reading others; its threads are in this one. */
export function lookHere(parser: Parser, entry: SourceEntry, { signal }: ParseContext): Pick<ParseContext, "look"> {
  const jobs = new ParseThreads({ start: startWorkerHere }).of({ entry, parser }, { chunkSize: 400, chunkOverlap: 0 });
  return { look: (job, bytes) => jobs.look(job, bytes, signal) };
}

const clones = new WeakMap<object, object>();

/** As a thread keeps it: one for all jobs. */
function keptClone(common: object | undefined): object | undefined {
  if (common === undefined) return undefined;
  const clone = clones.get(common) ?? structuredClone(common);
  clones.set(common, clone);
  return clone;
}

/** A Worker for tests that start many: it is in this thread, and loads nothing. */
export function startWorkerHere(): ParseWorker & EventTarget {
  const thread = new ParseThread();
  const events = new EventTarget();
  let isOver = false;
  return Object.assign(events, {
    postMessage: async (request: Parameters<ParseThread["answer"]>[0]) => {
      const data = await thread.answer(structuredClone(request));
      if (!isOver) events.dispatchEvent(new MessageEvent("message", { data: structuredClone(data) }));
    },
    terminate: () => void (isOver = true),
  });
}
