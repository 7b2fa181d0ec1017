import { fatalError, IngestError, messageOf } from "../../flow/errors.ts";
import { Semaphore } from "../../flow/semaphore.ts";

/** Of a text, with the two that begin and end it. */
export const TOKENS_MAX = 512;
export const MODEL_DIMENSIONS = 384;

/** A module of WebAssembly with one function of vector instructions, as the model has; JavaScriptCore runs them with AVX only. */
const VECTOR_MODULE = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  // () => v128, by i32.const 0, i8x16.splat.
  ...[1, 5, 1, 0x60, 0, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, 8, 1, 6, 0, 0x41, 0, 0xfd, 0x0f, 0x0b],
);

export type ModelRequest =
  { readonly kind: "measure"; readonly texts: readonly string[] } | { readonly kind: "embed"; readonly text: string };
export type ModelReply =
  | { readonly kind: "measured"; readonly tokens: readonly number[] }
  | { readonly kind: "embedded"; readonly vector: Float32Array }
  | { readonly kind: "failed"; readonly message: string };

/** What is needed of a Worker. */
type ModelWorker = Pick<Worker, "postMessage" | "terminate" | "addEventListener" | "ref" | "unref">;

/** Asks the Worker that a task has. */
export type Ask = (request: ModelRequest, signal: AbortSignal | undefined) => Promise<ModelReply>;

/**
 * Workers that run the model, started when they are needed and kept: loading it takes a second. One that dies, or that is
 * given up at work, is ended, and the next task gets a new one.
 */
export class ModelWorkers {
  readonly #start: () => ModelWorker;
  readonly #semaphore: Semaphore;
  readonly #idle: ModelWorker[] = [];

  constructor({
    start = startModelWorker,
    max,
    hasVectors = WebAssembly.validate(VECTOR_MODULE),
  }: {
    readonly start?: () => ModelWorker;
    readonly max: number;
    /** Whether the processor has the instructions that the model is made of. */
    readonly hasVectors?: boolean;
  }) {
    this.#start = hasVectors ? start : refuse;
    this.#semaphore = new Semaphore(max);
  }

  /** Gives a Worker to `task`, when one is free. */
  async use<Result>(task: (ask: Ask) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    return this.#semaphore.use(async () => {
      const worker = this.#idle.pop() ?? this.#started();
      let isSound = true;
      // An idle Worker must not keep the process alive, and one at work must.
      worker.ref();
      try {
        return await task(async (request, ended) => {
          isSound = false;
          const reply = await replyTo(request, worker, ended);
          if (reply.kind === "failed") throw died(reply.message);
          isSound = true;
          return reply;
        });
      } finally {
        worker.unref();
        if (isSound) this.#idle.push(worker);
        else worker.terminate();
      }
    }, signal);
  }

  #started(): ModelWorker {
    try {
      return this.#start();
    } catch (error) {
      throw error instanceof IngestError ? error : died(messageOf(error));
    }
  }
}

function refuse(): never {
  throw fatalError(
    "processor_unfit",
    "the builtin model cannot be run: this processor lacks the vector instructions that it needs (on x64: AVX)",
    "a virtual machine has them when it shows the processor of its host; else take another model: --embedder ollama or " +
      "openai, or lexical, which needs none",
  );
}

async function replyTo(request: ModelRequest, worker: ModelWorker, signal?: AbortSignal): Promise<ModelReply> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<ModelReply>();
  const done = new AbortController();
  const until = { signal: done.signal };
  signal?.addEventListener("abort", () => reject(signal.reason), until);
  worker.addEventListener("message", ({ data }: MessageEvent<ModelReply>) => resolve(data), until);
  worker.addEventListener("error", ({ message }) => reject(died(message)), until);
  worker.addEventListener("close", () => reject(died("its thread has ended")), until);
  worker.postMessage(request);
  try {
    return await promise;
  } finally {
    done.abort();
  }
}

function died(reason: string): IngestError {
  return new IngestError(`the builtin model cannot be run: ${reason}`, {
    decision: "retry",
    code: "runner_died",
    hint: "it needs 300 MB of memory, in a run for each worker: with less, say --workers 1",
  });
}

/** Bundled, this module is where `cli.ts` is, and the Worker beside it. */
function startModelWorker(): ModelWorker {
  const path = Bun.isStandaloneExecutable ? "./model-worker.ts" : "../../model-worker.ts";
  return new Worker(new URL(path, import.meta.url).href);
}
