import { IngestError } from "../../flow/errors.ts";
import { Semaphore } from "../../flow/semaphore.ts";
import type { ParseWorker } from "../parser.ts";
import type { PdfContent } from "./pdf-content.ts";

export type PdfRequest = { readonly bytes: Uint8Array; readonly password: string | undefined };
export type PdfReply =
  | { readonly ok: true; readonly content: PdfContent }
  | { readonly ok: false; /** Of the exception. */ readonly name: string; readonly message: string };

/** How PDFs are read, whoever finds them. */
export type PdfOptions = { readonly timeoutMs: number; readonly password: string | undefined };

/**
 * Workers that read PDFs, away from the thread that embeds. A file that takes too long, or kills its Worker,
 * fails alone: the Worker is ended and the next file gets a new one.
 */
export class PdfPool {
  readonly #start: () => ParseWorker;
  readonly #options: PdfOptions;
  readonly #semaphore: Semaphore;
  readonly #idle: ParseWorker[] = [];

  constructor(workers: number, start: () => ParseWorker, options: PdfOptions) {
    this.#start = start;
    this.#options = options;
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

  #ask(request: PdfRequest, timeoutMs: number, signal: AbortSignal): Promise<PdfReply> {
    const worker = this.#idle.pop() ?? this.#start();
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        controller.abort();
      };
      const fail = (error: unknown) => {
        end();
        worker.terminate();
        reject(error);
      };
      const onAbort = () => fail(signal.reason);
      const controller = new AbortController();
      const timer = setTimeout(() => {
        fail(
          new IngestError(`takes longer than pdf_timeout (${timeoutMs / 1_000} s) allows`, {
            decision: "skip",
            code: "pdf_timeout",
          }),
        );
      }, timeoutMs);
      signal.addEventListener("abort", onAbort, { once: true });
      const listening = { signal: controller.signal };
      worker.addEventListener(
        "message",
        ({ data }: MessageEvent<PdfReply>) => {
          end();
          if (isSound(data)) this.#idle.push(worker);
          else worker.terminate();
          resolve(data);
        },
        listening,
      );
      worker.addEventListener(
        "error",
        (event) =>
          fail(new IngestError(`its parser crashed: ${event.message}`, { decision: "skip", code: "pdf_crashed" })),
        listening,
      );
      worker.postMessage(request);
    });
  }
}

/** pdfjs may go on with a page that was given up, for as long as it likes: the next file is not to wait for that. */
function isSound(reply: PdfReply): boolean {
  return reply.ok && reply.content.problems.length === 0;
}

function refusal(name: string, message: string, hadPassword: boolean): IngestError {
  const skip = (reason: string, code: string) => new IngestError(reason, { decision: "skip", code });
  if (name === "PasswordException") {
    if (hadPassword)
      return skip("is password-protected, and pdf_password of its source does not open it", "pdf_password");
    return skip("is password-protected; pdf_password in its entry of sources.toml opens it", "pdf_password");
  }
  if (name === "InvalidPDFException") return skip(`is damaged or no PDF: ${message}`, "pdf_damaged");
  return skip(`cannot be read: ${message}`, "pdf_damaged");
}
