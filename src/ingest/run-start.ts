import type { CorpusEmbedder } from "../embed/embedder.ts";
import type { ErrorCode } from "../flow/error-codes.ts";
import { type Hint, IngestError } from "../flow/errors.ts";
import { type RetryOptions, withRetry } from "../flow/retry.ts";
import type { Store } from "../store/store.ts";
import type { ResumeRecord } from "./resume-file.ts";
import type { PhaseClock } from "./phase-clock.ts";

type RunStartOptions = {
  readonly store: Store;
  readonly embedder: CorpusEmbedder;
  readonly resumeFile: ResumeRecord;
  readonly phases: PhaseClock;
  readonly retry: RetryOptions;
  /** Whether the tables are made for vectors that this run makes all anew. */
  readonly isFresh: boolean;
  /** Whether there is no corpus yet, so that any embedder may make it. */
  readonly isFirst: boolean;
};

/** What has to work before a run changes anything: the embedder's probe, then its tables. Both once, for all who ask. */
export class RunStart {
  readonly #options: RunStartOptions;
  #probed: Promise<void> | undefined;
  #prepared: Promise<void> | undefined;
  #done = false;

  constructor(options: RunStartOptions) {
    this.#options = options;
  }

  /** Whether something was changed, or would have been: decides between the exit codes 1 and 2. */
  get done(): boolean {
    return this.#done;
  }

  /** Something was changed without the tables of this run. */
  changed(): void {
    this.#done = true;
  }

  /** Embeds a text before the first is needed, and makes the tables when that has worked. A server that is absent is not waited for. */
  probe(): Promise<void> {
    this.#probed ??= this.#probe().then(() => this.prepare());
    return this.#probed;
  }

  /** Makes sure that the tables are there; the first write of a run. */
  prepare(): Promise<void> {
    this.#prepared ??= this.#prepare();
    return this.#prepared;
  }

  #probe(): Promise<void> {
    const { embedder, retry, phases, isFirst } = this.#options;
    const probe = () => withRetry(() => embedder.probe(retry.signal).catch(rethrowTransient), retry);
    return phases.during("probing", () => (isFirst ? probe().catch(rethrowWithBuiltin) : probe()));
  }

  async #prepare(): Promise<void> {
    const { store, embedder, resumeFile, phases, isFresh, retry } = this.#options;
    const mark = isFresh ? await embedder.mark?.(retry.signal) : undefined;
    await phases.during("preparing", () => store.prepare(embedder, mark).catch(rethrowFatal));
    this.#done = true;
    await resumeFile.begin();
  }
}

/** What a run that has begun waits for, and one that starts does not: nobody is there, or somebody else. */
const HOPELESS: ReadonlySet<ErrorCode> = new Set(["embedder_unreachable", "not_an_embedder"]);

/** A probe says everything as the last word; a server that is busy, or whose runner died, is worth another try. */
function rethrowTransient(error: unknown): never {
  const cause = error instanceof IngestError ? error.cause : undefined;
  throw cause instanceof IngestError && cause.decision === "retry" && !HOPELESS.has(cause.code) ? cause : error;
}

/** Whoever has no server yet can do without one. */
function rethrowWithBuiltin(error: unknown): never {
  if (!(error instanceof IngestError) || error.code !== "embedder_unreachable") throw error;
  const { message, decision, code, hint = "" } = error;
  const both: Hint = (call) => {
    const first = typeof hint === "string" ? hint : hint(call);
    const without = ["--model", "--dimensions", "--ollama-host"];
    return `${first}\nto do without a server: ${call.again(["--embedder=builtin"], { without })}`;
  };
  throw new IngestError(message, { decision, code, hint: both, cause: error });
}

/** Without its tables a run can store nothing, whatever it was that kept it from making them. */
function rethrowFatal(error: unknown): never {
  if (!(error instanceof IngestError) || error.decision === "fatal") throw error;
  const { message, code, hint } = error;
  throw new IngestError(message, { decision: "fatal", code, ...(hint === undefined ? {} : { hint }), cause: error });
}
