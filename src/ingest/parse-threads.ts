import { availableParallelism } from "node:os";
import type { ChunkOptions } from "../chunk/chunk-document.ts";
import { type Clock, systemClock } from "../flow/clock.ts";
import { IngestError, messageOf } from "../flow/errors.ts";
import { Semaphore } from "../flow/semaphore.ts";
import { Watchdog } from "../flow/watchdog.ts";
import type { Job, Note, Parser, TimeLimit } from "../parsers/parser.ts";
import type { ChunkedDocument, JobReply, JobRequest } from "./parse-thread.ts";
import type { PlannedSource } from "./source-run.ts";

/** What is needed of a Worker that answers as `ParseThread` does. */
export type ParseWorker = Pick<Worker, "postMessage" | "terminate" | "addEventListener">;

/** A Worker takes some 50 MB. */
const THREADS_MAX = 8;
/**
 * Of processor time, that the process takes while jobs wait, and the run for them, before a further Worker is started: somewhat more than
 * it costs until the code of that one is as fast as that of the others. By the clock it would be started for less where others use the machine.
 */
const WORK_MS = 2_000;
const LOOK_EVERY_MS = 250;
/** For a job whose parser does not say; some hundred times what it takes. */
const JOB_MS = 60_000;
const MEGABYTE_MS = 60_000;
const MEGABYTE = 1_048_576;

/** Jobs of one source. */
export type Jobs = {
  /** How many can be done at the same time. */
  readonly atOnceMax: number;
  /** Throws an `IngestError` (`skip`) that says why the input makes no documents. */
  do(job: Job, bytes: number, signal: AbortSignal): Promise<ParsedJob>;
  /** What the parser's own `look` makes of it. Throws an `IngestError` (`skip`) that says why it cannot be read. */
  look<Seen extends object>(job: Job, bytes: number, signal: AbortSignal): Promise<Seen>;
};

export type ParsedJob = { readonly documents: readonly ChunkedDocument[]; readonly notes: readonly Note[] };

type Thread = {
  readonly worker: ParseWorker;
  source: PlannedSource | undefined;
  /** What it was given, by their numbers. */
  readonly common: Map<object, number>;
  isOver: boolean;
};

/**
 * Workers that parse and cut, away from the thread that embeds; started as there is work for them, and kept for the next
 * source. An input that takes too long, or kills its Worker, fails alone: the Worker is ended, and the next input gets
 * a new one.
 */
export class ParseThreads implements Disposable {
  readonly #start: () => ParseWorker;
  readonly #clock: Clock;
  readonly #workedMs: () => number;
  readonly #isAwaited: () => boolean;
  readonly #semaphore: Semaphore;
  readonly #idle: Thread[] = [];
  #parser: Parser | undefined;
  /** Ends what starts further Workers for a parser. */
  #growth = new AbortController();
  #isGrowing = false;

  constructor({
    start,
    clock = systemClock,
    workedMs = processorMs,
    isAwaited = () => true,
    max = Math.min(THREADS_MAX, availableParallelism() || 1),
  }: {
    readonly start: () => ParseWorker;
    readonly clock?: Clock;
    /** Processor time of the process. */
    readonly workedMs?: () => number;
    /** Whether the run waits for what is parsed: it may have enough to do with what there is. */
    readonly isAwaited?: () => boolean;
    readonly max?: number;
  }) {
    this.#start = start;
    this.#clock = clock;
    this.#workedMs = workedMs;
    this.#isAwaited = isAwaited;
    this.#semaphore = new Semaphore(max);
  }

  /** Inputs that are being parsed. */
  get atWork(): number {
    return this.#semaphore.inUse;
  }

  /** For the next source, when all jobs of the one before are done. */
  of(source: PlannedSource, { chunkSize, chunkOverlap }: ChunkOptions): Jobs {
    if (this.#parser?.name !== source.parser.name) {
      // One of which few inputs are read at a time leaves much in memory.
      if (this.#parser?.parallelInputs !== undefined) this.#endIdle();
      // Each thread has to learn anew.
      this.#endGrowth();
      this.#semaphore.limit = 1;
    }
    this.#parser = source.parser;
    const ask = <Seen extends object>(wants: JobRequest["wants"], job: Job, bytes: number, signal: AbortSignal) => {
      if (!this.#semaphore.fits() && !this.#isGrowing) void this.#grow(this.#growth.signal);
      const chunking = { chunkSize, chunkOverlap };
      return this.#semaphore.use(() => this.#ask<Seen>(source, chunking, wants, job, bytes, signal), signal);
    };
    return {
      atOnceMax: this.#semaphore.permits,
      async do(job, bytes, signal) {
        const reply = await ask("documents", job, bytes, signal);
        if (reply.kind !== "done") throw refusal(reply);
        return reply;
      },
      async look<Seen extends object>(job: Job, bytes: number, signal: AbortSignal) {
        const reply = await ask<Seen>("look", job, bytes, signal);
        if (reply.kind !== "seen") throw refusal(reply);
        return reply.seen;
      },
    };
  }

  /** Ends the Workers, so that they do not keep the process alive. */
  close(): void {
    this.#endGrowth();
    this.#endIdle();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** One thread more after each stretch of work in which jobs, and the run for them, had to wait. */
  async #grow(signal: AbortSignal): Promise<void> {
    this.#isGrowing = true;
    let lookedMs = this.#workedMs();
    let awaitedMs = 0;
    try {
      while (this.#semaphore.limit < this.#semaphore.permits) {
        await this.#clock.sleep(LOOK_EVERY_MS, signal);
        if (this.#semaphore.waiting === 0) break;
        const nowMs = this.#workedMs();
        if (this.#isAwaited()) awaitedMs += nowMs - lookedMs;
        lookedMs = nowMs;
        if (awaitedMs < WORK_MS) continue;
        this.#semaphore.limit++;
        awaitedMs = 0;
      }
    } catch {
      return;
    }
    this.#isGrowing = false;
  }

  #endGrowth(): void {
    this.#growth.abort();
    this.#growth = new AbortController();
    this.#isGrowing = false;
  }

  #endIdle(): void {
    for (const { worker } of this.#idle.splice(0)) worker.terminate();
  }

  async #ask<Seen extends object>(
    source: PlannedSource,
    chunking: ChunkOptions,
    wants: JobRequest["wants"],
    job: Job,
    bytes: number,
    signal: AbortSignal,
  ): Promise<JobReply<Seen>> {
    signal.throwIfAborted();
    const thread = this.#thread();
    using watch = new Watchdog(this.#clock, signal);
    limitTime(watch, job.timeLimit, bytes);
    try {
      const request = { wants, ...requestOf(job, source, chunking, thread) };
      const reply = await replyTo<Seen>(request, job, thread, watch.signal);
      if (reply.isSpent) thread.worker.terminate();
      else this.#idle.push(thread);
      return reply;
    } catch (error) {
      thread.worker.terminate();
      throw error;
    }
  }

  #thread(): Thread {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) if (!idle.isOver) return idle;
    try {
      const worker = this.#start();
      const thread: Thread = { worker, source: undefined, common: new Map(), isOver: false };
      for (const end of ["error", "close"] as const) worker.addEventListener(end, () => void (thread.isOver = true));
      return thread;
    } catch (error) {
      throw failure(`no thread can be started for it: ${messageOf(error)}`);
    }
  }
}

/** The job, with what the thread does not have yet. */
function requestOf(
  { data, common }: Job,
  source: PlannedSource,
  chunking: ChunkOptions,
  thread: Thread,
): Omit<JobRequest, "wants"> {
  const { entry, parser } = source;
  const isNew = thread.source !== source;
  if (isNew) thread.common.clear();
  thread.source = source;
  const number = common && (thread.common.get(common) ?? thread.common.size);
  const isKnown = common !== undefined && thread.common.has(common);
  if (common !== undefined && number !== undefined) thread.common.set(common, number);
  return {
    data,
    source: isNew ? { entry, settings: parser.settings, chunking } : undefined,
    common: number === undefined || common === undefined ? undefined : isKnown ? { number } : { number, value: common },
  };
}

function replyTo<Seen extends object>(
  request: JobRequest,
  { moves = [] }: Job,
  { worker }: Thread,
  signal: AbortSignal,
): Promise<JobReply<Seen>> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    worker.addEventListener("message", ({ data }: MessageEvent<JobReply<Seen>>) => resolve(data), { signal });
    worker.addEventListener("error", ({ message }) => reject(failure(`its parser crashed: ${message}`)), { signal });
    worker.addEventListener("close", () => reject(failure("its parser crashed: its thread has ended")), { signal });
    worker.postMessage(request, [...moves]);
  });
}

function limitTime(watch: Watchdog, limit: TimeLimit | undefined, bytes: number): void {
  const ms = limit?.ms ?? Math.ceil(JOB_MS + (bytes / MEGABYTE) * MEGABYTE_MS);
  const seconds = `${ms / 1_000} s`;
  const reason =
    limit === undefined
      ? `takes longer than the ${Math.round(ms / 1_000)} s that a file of its size may take`
      : `takes longer than ${limit.setting} (${seconds}) allows`;
  watch.limitTime(ms, () => failure(reason));
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Why there is not what was asked for. */
function refusal(reply: JobReply): IngestError {
  return failure(reply.kind === "failed" ? reply.reason : "its parser answered something else");
}

function failure(reason: string): IngestError {
  return new IngestError(reason, { decision: "skip", code: "unreadable" });
}
