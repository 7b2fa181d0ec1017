import type { Note, Parser, SourceEntry } from "../parsers/parser.ts";
import type { Part } from "../parsers/part.ts";
import type { StoredSource } from "../store/store.ts";
import { plural } from "../text/words.ts";
import { Coverage } from "./coverage.ts";
import type { SourceStatus, SourceSummary } from "./events.ts";
import { SourceCounters } from "./source-counters.ts";

export type PlannedSource = {
  readonly entry: SourceEntry;
  readonly parser: Parser;
  /** Which of its inputs are read, stored and swept; undefined for all of them. */
  readonly part?: Part | undefined;
};

/** One source in one run, from its first input to its last commit: how far it is, and how it ended. */
export class SourceRun {
  readonly entry: SourceEntry;
  readonly parser: Parser;
  readonly part: Part | undefined;
  readonly stored: StoredSource;
  readonly coverage: Coverage;
  readonly counters: SourceCounters;
  readonly notes: Note[] = [];
  readonly #startedMs: number;
  /** As far as known when it began; 0: not known. */
  readonly #filesTotal: number;
  #endedMs: number | undefined;
  /** Documents that may still be stored in this run. */
  #open = 0;
  #ending = false;
  #failure = "";
  #stopped = "";
  #withheld = "";

  constructor({ entry, parser, part }: PlannedSource, stored: StoredSource, begin: { nowMs: number; files: number }) {
    this.entry = entry;
    this.parser = parser;
    this.part = part;
    this.stored = stored;
    this.coverage = new Coverage(stored, part);
    this.counters = new SourceCounters();
    this.#startedMs = begin.nowMs;
    this.#filesTotal = begin.files;
  }

  get name(): string {
    return this.entry.name;
  }

  /** The source as a whole failed, and is not swept. */
  fail(reason: string): void {
    this.#failure = reason;
  }

  get failure(): string {
    return this.#failure;
  }

  note(note: Note, input: string): void {
    this.notes.push(note);
    if (note.kind === "failed") this.coverage.fail(input);
  }

  /** A document is on its way to the store. */
  open(): void {
    this.#open++;
  }

  /** A document was stored, or given up. */
  close(): void {
    this.#open--;
  }

  /** True once: when it was read to its end and nothing of it is open any more. */
  mayEnd(): boolean {
    if (this.#open > 0 || this.#ending || !(this.coverage.listed || this.#failure !== "")) return false;
    this.#ending = true;
    return true;
  }

  /** It ended, or the run did before: `stopped` says why then. False when it had ended already. */
  end(nowMs: number, stopped = ""): boolean {
    if (this.#endedMs !== undefined) return false;
    this.#endedMs = nowMs;
    this.#stopped = stopped;
    return true;
  }

  /** It ended, and its end was told. */
  get isOver(): boolean {
    return this.#endedMs !== undefined;
  }

  /** It is stored, but where readers do not get it: says why. */
  withhold(reason: string): void {
    this.#withheld = reason;
  }

  /** Readers do not get what this run has stored of it. */
  get isWithheld(): boolean {
    return this.#withheld !== "";
  }

  /** Nothing of it failed. */
  get whole(): boolean {
    return this.#isStored && this.#failure === "" && this.#stopped === "" && this.#withheld === "";
  }

  get #isStored(): boolean {
    const { failedInputs, listedWhole, settled } = this.coverage;
    return this.counters.totals.failed === 0 && failedInputs === 0 && listedWhole && settled;
  }

  /** One line on what failed. */
  get reason(): string {
    if (this.#failure !== "") return this.#failure;
    if (this.#stopped !== "") return this.#stopped;
    if (this.#withheld !== "" && this.#isStored) return this.#withheld;
    const { failed } = this.counters.totals;
    const { failedInputs, partlyUnlisted } = this.coverage;
    return [
      failed > 0 ? `${plural(failed, "chunk")} failed` : "",
      failedInputs > 0 ? `${plural(failedInputs, "file")} could not be ingested` : "",
      partlyUnlisted ? "a directory or page could not be listed" : "",
    ]
      .filter((part) => part !== "")
      .join(", ");
  }

  summary(nowMs: number): SourceSummary {
    const durationMs = Math.round((this.#endedMs ?? nowMs) - this.#startedMs);
    const { totals } = this.counters;
    const failed = totals.failed + this.coverage.failedInputs;
    return { source: this.name, status: this.#status, reason: this.reason, ...totals, failed, durationMs };
  }

  /** Figures of a `progress` event. */
  progress(nowMs: number) {
    const filesTotal = this.#filesTotal;
    return { source: this.name, filesTotal, ...this.counters.progress(nowMs - this.#startedMs) };
  }

  get #status(): SourceStatus {
    if (this.#failure !== "") return "FAILED";
    if (!this.whole) return "PARTIAL";
    return this.counters.idle ? "UNCHANGED" : "OK";
  }
}
