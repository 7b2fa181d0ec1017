import type { Clock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import type { Reporter } from "./events.ts";
import { chunkKey, type FailureEntry } from "./failure-lines.ts";
import type { FailureRecord } from "./failure-log.ts";
import type { ChunkPlan, PendingDocument } from "./pending-document.ts";
import { plural } from "../text/words.ts";
import type { SourceRun } from "./source-run.ts";
import type { Store } from "../store/store.ts";

/** The database of a run, as the failure log names it. `databaseId` asks nothing once the tables are there. */
type FailurePlace = Pick<Store, "databaseId" | "description">;

type FailuresOptions = {
  readonly log: FailureRecord;
  readonly place: FailurePlace;
  /** What earlier runs left in the log of this database. */
  readonly before: readonly FailureEntry[];
  readonly reporter: Reporter;
  readonly clock: Clock;
};

/** The failures of one run: what earlier runs left in the log, what failed now, and what the log is to say afterwards. */
export class Failures {
  readonly #log: FailureRecord;
  readonly #place: FailurePlace;
  readonly #reporter: Reporter;
  readonly #clock: Clock;
  readonly #failedNow = new Set<string>();
  /** Addresses of documents, by source. */
  readonly #before: ReadonlyMap<string, ReadonlySet<string>>;
  /** Appends, one after the other. */
  #appending: Promise<void> = Promise.resolve();
  /** What the log did not take yet. */
  #unlogged: FailureEntry[] = [];
  /** Not of the log: a bug. */
  #appendError: unknown;

  constructor({ log, place, before, reporter, clock }: FailuresOptions) {
    this.#log = log;
    this.#place = place;
    this.#reporter = reporter;
    this.#clock = clock;
    const bySource = [...Map.groupBy(before, ({ source }) => source)];
    this.#before = new Map(bySource.map(([source, of]) => [source, new Set(of.map((entry) => entry.source_url))]));
  }

  /** The documents of a source of which the log named a chunk when the run began. */
  wanted(source: string): ReadonlySet<string> {
    return this.#before.get(source) ?? new Set();
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
        input: document.input.path,
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
      .then(() => this.#append(entries))
      .catch((failure) => {
        if (failure instanceof IngestError) this.#unlogged.push(...entries);
        else this.#appendError ??= failure;
      });
  }

  async #append(entries: readonly FailureEntry[]): Promise<void> {
    const database = await this.#place.databaseId();
    const place = { database, database_name: this.#place.description };
    await this.#log.append(database === undefined ? entries : entries.map((entry) => ({ ...entry, ...place })));
  }

  /**
   * Takes out of the log what the run settled. A log that cannot be written loses nothing: what it lacks is reported,
   * and costs exit code 1 as failed chunks do; what it has too much is sorted out by the next run.
   */
  async settle(
    runs: ReadonlyMap<string, SourceRun>,
    { everything, listed }: { readonly everything: boolean; readonly listed: readonly string[] },
  ): Promise<void> {
    await this.#appending;
    if (this.#appendError !== undefined) throw this.#appendError;
    const allStored = everything && [...runs.values()].every((run) => run.whole);
    const dropped: FailureEntry[] = [];
    try {
      const database = await this.#place.databaseId();
      const keep = (entry: FailureEntry) => {
        if (entry.database !== undefined && entry.database !== database) return true;
        const stays = (!allStored || listed.includes(entry.source)) && this.#isTrue(entry, runs);
        if (!stays) dropped.push(entry);
        return stays;
      };
      await this.#append(this.#unlogged);
      this.#unlogged = [];
      await this.#log.settle(keep, { dropDamaged: allStored });
      this.#sayDropped(dropped, runs);
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
    const run = runs.get(entry.source);
    if (run === undefined || run.isWithheld || this.#failedNow.has(chunkKey(entry))) return true;
    return run.coverage.stillLacks(entry);
  }

  /** Names what left the log without having been stored. */
  #sayDropped(entries: readonly FailureEntry[], runs: ReadonlyMap<string, SourceRun>): void {
    const say = (source: string, path: string, count: number, why: string) => {
      const reason = `${why}; ${plural(count, "failed chunk")} left the failure log`;
      this.#reporter.report({ type: "warning", source, path, reason });
    };
    for (const [source, its] of Map.groupBy(entries, (entry) => entry.source)) {
      const coverage = runs.get(source)?.coverage;
      if (coverage === undefined) say(source, "", its.length, "no source of this name is listed any more");
      for (const [sourceUrl, chunks] of Map.groupBy(its, (entry) => entry.source_url)) {
        if (coverage?.isGone(sourceUrl)) say(source, sourceUrl, chunks.length, "the source does not have it any more");
      }
    }
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
