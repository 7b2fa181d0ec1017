import type { SourceEntry } from "../parsers/parser.ts";
import type { Note, Parser } from "../parsers/parser.ts";
import type { SourceStatus, SourceSummary } from "./events.ts";
import { plural } from "../text/words.ts";
import type { StoredSource } from "../store/store.ts";

/** One source in one run: what was found, what became of it, and whether it may be swept. */
export class SourceRun {
  readonly entry: SourceEntry;
  readonly parser: Parser;
  readonly stored: StoredSource;
  readonly startedMs: number;

  /** `source_url`s the source has now. */
  readonly seen = new Set<string>();
  /** Inputs whose stored documents stay as they are: unchanged, or not readable this time. */
  readonly keptInputs = new Set<string>();
  readonly failedInputs = new Set<string>();
  /** Documents on their way: read, but neither stored nor given up. What is left at the end was not stored. */
  readonly unsettled = new Set<string>();
  /** Of documents stored in part: the hashes of the chunks that are missing, by `source_url`. */
  readonly missing = new Map<string, ReadonlySet<string>>();
  readonly notes: Note[] = [];

  /** How many files there are, as far as known when the source began; 0 when it is not. */
  filesTotal = 0;
  files = 0;
  documents = 0;
  chunks = 0;
  embedded = 0;
  reused = 0;
  removed = 0;
  failed = 0;
  /** Rows inserted or updated. */
  written = 0;

  /** Documents of `unsettled` that may still be stored in this run. */
  open = 0;
  /** Every input was seen. */
  listedWhole = false;
  /** Something could not be listed: what is missing may still be there, so nothing is swept. */
  unlisted = false;
  /** Why the source as a whole failed. */
  failure = "";
  /** Why the run ended before the source did. */
  stopped = "";
  /** Its end is under way. */
  ending = false;
  reported = false;
  endedMs: number | undefined;

  constructor(entry: SourceEntry, parser: Parser, stored: StoredSource, startedMs: number) {
    this.entry = entry;
    this.parser = parser;
    this.stored = stored;
    this.startedMs = startedMs;
  }

  get name(): string {
    return this.entry.name;
  }

  /** Stored documents the source no longer has. */
  gone(): string[] {
    return [...this.stored.documents]
      .filter(([sourceUrl, { input }]) => !this.seen.has(sourceUrl) && !this.keptInputs.has(input))
      .map(([sourceUrl]) => sourceUrl);
  }

  /** Nothing of it failed. */
  get whole(): boolean {
    return (
      this.failure === "" &&
      this.stopped === "" &&
      this.failed === 0 &&
      this.failedInputs.size === 0 &&
      !this.unlisted &&
      this.listedWhole
    );
  }

  /** One line on what failed. */
  reason(): string {
    if (this.failure !== "") return this.failure;
    if (this.stopped !== "") return this.stopped;
    const parts = [
      this.failed > 0 ? `${plural(this.failed, "chunk")} failed` : "",
      this.failedInputs.size > 0 ? `${plural(this.failedInputs.size, "file")} could not be ingested` : "",
      this.unlisted ? "a directory or page could not be listed" : "",
    ];
    return parts.filter((part) => part !== "").join(", ");
  }

  status(): SourceStatus {
    if (this.failure !== "") return "FAILED";
    if (!this.whole) return "PARTIAL";
    return this.written + this.removed + this.embedded === 0 ? "UNCHANGED" : "OK";
  }

  summary(nowMs: number): SourceSummary {
    return {
      source: this.name,
      status: this.status(),
      reason: this.reason(),
      files: this.files,
      documents: this.documents,
      chunks: this.chunks,
      embedded: this.embedded,
      reused: this.reused,
      removed: this.removed,
      failed: this.failed,
      durationMs: Math.round((this.endedMs ?? nowMs) - this.startedMs),
    };
  }

  /** Figures of a `progress` event. */
  progress(nowMs: number) {
    const seconds = Math.max(nowMs - this.startedMs, 1) / 1000;
    const share = this.filesTotal > 0 ? this.files / this.filesTotal : 0;
    return {
      source: this.name,
      documents: this.documents,
      chunks: this.chunks,
      embedded: this.embedded,
      stored: this.embedded + this.reused,
      chunksPerSecond: Math.round((this.embedded + this.reused) / seconds),
      etaSeconds: share > 0 ? Math.round((seconds / share) * (1 - share)) : null,
    };
  }
}
