import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import type { Reporter } from "./events.ts";
import { chunkKey, type FailureEntry } from "./failure-lines.ts";
import type { FailureRecord } from "./failure-log.ts";
import type { ChunkPlan, PendingDocument } from "./pending-document.ts";
import type { SourceRun } from "./source-run.ts";

/** The failures of one run: what earlier runs left in the log, what failed now, and what the log is to say afterwards. */
export class Failures {
  readonly #log: FailureRecord;
  readonly #reporter: Reporter;
  readonly #clock: Clock;
  readonly #failedNow = new Set<string>();
  readonly #before = new Map<string, Set<string>>();
  /** Appends, one after the other. */
  #appending: Promise<void> = Promise.resolve();
  /** What the log did not take yet. */
  #unlogged: FailureEntry[] = [];
  /** Not of the log: a bug. */
  #appendError: unknown;

  constructor(log: FailureRecord, before: readonly FailureEntry[], reporter: Reporter, clock: Clock) {
    this.#log = log;
    this.#reporter = reporter;
    this.#clock = clock;
    for (const { source, source_url, content_hash } of before) {
      const key = documentKey(source, source_url);
      this.#before.set(key, (this.#before.get(key) ?? new Set()).add(content_hash));
    }
  }

  /** Whether the log named this chunk, or any chunk of this document, when the run began. */
  wants(source: string, sourceUrl: string, contentHash?: string): boolean {
    const hashes = this.#before.get(documentKey(source, sourceUrl));
    return hashes !== undefined && (contentHash === undefined || hashes.has(contentHash));
  }

  /** Puts chunks of a document into the log, each with its own error or the one given. */
  record(document: PendingDocument, plans: readonly ChunkPlan[], error?: IngestError): void {
    const at = this.#clock.date().toISOString();
    const entries = plans.map((plan): FailureEntry => {
      const outcome = plan.kind === "new" ? plan.text.outcome : undefined;
      const why = error ?? (outcome?.kind === "error" ? outcome.error : undefined);
      return {
        content_hash: plan.chunk.contentHash,
        source_url: document.document.sourceUrl,
        error: why?.message ?? "not stored",
        source: document.run.name,
        title: document.document.title,
        chunk_index: plan.chunk.chunkIndex,
        attempts: plan.kind === "new" ? (outcome?.attempts ?? 0) : 1,
        at,
      };
    });
    if (entries.length === 0) return;
    for (const entry of entries) {
      this.#failedNow.add(chunkKey(entry));
      this.#reporter.report({
        type: "failure",
        source: entry.source,
        sourceUrl: entry.source_url,
        contentHash: entry.content_hash,
        error: entry.error,
        attempts: entry.attempts,
      });
    }
    this.#appending = this.#appending
      .then(() => this.#log.append(entries))
      .catch((failure) => {
        if (failure instanceof IngestError) this.#unlogged.push(...entries);
        else this.#appendError ??= failure;
      });
  }

  /**
   * Takes out of the log what the run settled. A log that cannot be written loses nothing: what it lacks is reported,
   * and costs exit code 1 as failed chunks do; what it has too much is sorted out by the next run.
   */
  async settle(runs: ReadonlyMap<string, SourceRun>, { everything }: { readonly everything: boolean }): Promise<void> {
    await this.#appending;
    if (this.#appendError !== undefined) throw this.#appendError;
    const dropDamaged = everything && [...runs.values()].every((run) => run.whole);
    try {
      await this.#log.append(this.#unlogged);
      this.#unlogged = [];
      await this.#log.settle((entry) => this.#isTrue(entry, runs), { dropDamaged });
    } catch (error) {
      if (!(error instanceof IngestError)) throw error;
      this.#report(error);
    }
  }

  /** Whether the log names all that failed; known once it is settled. */
  get allLogged(): boolean {
    return this.#unlogged.length === 0;
  }

  /** Whether an entry still holds: its chunk failed again, or this run did not get to it. */
  #isTrue(entry: FailureEntry, runs: ReadonlyMap<string, SourceRun>): boolean {
    return this.#failedNow.has(chunkKey(entry)) || (runs.get(entry.source)?.coverage.stillLacks(entry) ?? true);
  }

  #report(error: IngestError): void {
    const lacking = this.#unlogged;
    if (lacking.length === 0) {
      const reason = `${error.message}; it may still name chunks that are stored by now`;
      return this.#reporter.report({ type: "warning", source: "", path: "", reason });
    }
    const chunks = lacking.map(
      (entry) => `${entry.source}: ${entry.source_url}: ${entry.error} (content_hash ${entry.content_hash})`,
    );
    const message = [`${error.message}; these failed chunks are not in it:`, ...chunks].join("\n");
    this.#reporter.report({
      ...{ type: "error", code: error.code, message },
      hint: `${typeof error.hint === "string" ? error.hint : ""}, and run again: it tries them again`,
    });
  }
}

function documentKey(source: string, sourceUrl: string): string {
  return `${source}\0${sourceUrl}`;
}
