import { type Clock, systemClock } from "../../flow/clock.ts";
import { IngestError } from "../../flow/errors.ts";
import { Semaphore } from "../../flow/semaphore.ts";
import { Watchdog } from "../../flow/watchdog.ts";
import type { ParseWorker } from "../parser.ts";
import type { PdfContent } from "./pdf-content.ts";

export type PdfRequest = { readonly bytes: Uint8Array; readonly password: string | undefined };
export type PdfReply =
  | { readonly ok: true; readonly content: PdfContent }
  | { readonly ok: false; /** The exception's. */ readonly name: string; readonly message: string };

/** How PDFs are read, whoever finds them. */
export type PdfOptions = { readonly timeoutMs: number; readonly password: string | undefined };

/**
 * Workers that read PDFs, away from the thread that embeds. A file that takes too long, or kills its Worker,
 * fails alone: the Worker is ended and the next file gets a new one.
 */
export class PdfPool {
  readonly #start: () => ParseWorker;
  readonly #options: PdfOptions;
  readonly #clock: Clock;
  readonly #semaphore: Semaphore;
  readonly #idle: ParseWorker[] = [];

  constructor(workers: number, start: () => ParseWorker, options: PdfOptions, clock: Clock = systemClock) {
    this.#start = start;
    this.#options = options;
    this.#clock = clock;
    this.#semaphore = new Semaphore(workers);
  }

  /** Throws an `IngestError` (`skip`) that says why the file cannot be read. */
  async read(bytes: Uint8Array, signal: AbortSignal): Promise<PdfContent> {
    const { password, timeoutMs } = this.#options;
    const reply = await this.#semaphore.use(() => this.#ask({ bytes, password }, timeoutMs, signal), signal);
    if (reply.ok) return reply.content;
    throw refusal(reply.name, reply.message, password !== undefined);
  }

  /** Ends the idle Workers, so that they do not keep the process alive. */
  close(): void {
    for (const worker of this.#idle.splice(0)) worker.terminate();
  }

  async #ask(request: PdfRequest, timeoutMs: number, signal: AbortSignal): Promise<PdfReply> {
    const worker = this.#idle.pop() ?? this.#start();
    using watch = new Watchdog(this.#clock, signal);
    watch.limitTime(timeoutMs, () => failure(`takes longer than pdf_timeout (${timeoutMs / 1_000} s) allows`));
    try {
      const reply = await replyTo(request, worker, watch.signal);
      if (isSound(reply)) this.#idle.push(worker);
      else worker.terminate();
      return reply;
    } catch (error) {
      worker.terminate();
      throw error;
    }
  }
}

function replyTo(request: PdfRequest, worker: ParseWorker, signal: AbortSignal): Promise<PdfReply> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    worker.addEventListener("message", ({ data }: MessageEvent<PdfReply>) => resolve(data), { signal });
    worker.addEventListener("error", ({ message }) => reject(failure(`its parser crashed: ${message}`)), { signal });
    worker.postMessage(request);
  });
}

/** pdfjs may go on with a page that was given up, for as long as it likes: the next file is not to wait for that. */
function isSound(reply: PdfReply): boolean {
  return reply.ok && reply.content.problems.length === 0;
}

function refusal(name: string, message: string, hadPassword: boolean): IngestError {
  if (name === "PasswordException") {
    if (hadPassword) return failure("is password-protected, and pdf_password of its source does not open it");
    return failure("is password-protected; pdf_password in its entry of sources.toml opens it");
  }
  if (name === "InvalidPDFException") return failure(`is damaged or no PDF: ${message}`);
  return failure(`cannot be read: ${message}`);
}

function failure(reason: string): IngestError {
  return new IngestError(reason, { decision: "skip", code: "unreadable" });
}
