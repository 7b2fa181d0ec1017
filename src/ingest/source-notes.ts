import type { Note } from "../parsers/parser.ts";
import type { IngestorOptions } from "./ingestor-options.ts";
import type { SourceRun } from "./source-run.ts";

type SourceNotesOptions = Pick<IngestorOptions, "reporter" | "clock" | "call" | "failures">;

/** What there is to say of the sources of a run: said at once, and kept for what is said at their ends. */
export class SourceNotes {
  readonly #options: SourceNotesOptions;

  constructor(options: SourceNotesOptions) {
    this.#options = options;
  }

  /** `input`: what it is about, where that is not its path. */
  take(run: SourceRun, note: Note, input = note.path): void {
    run.note(note, input);
    const { kind, path, reason } = note;
    const ofFile = kind === "warning" ? {} : { kind };
    this.#options.reporter.report({ type: "warning", source: run.name, path, reason, ...ofFile });
  }

  /** After a retry: a document that is not there any more may have moved into a file that was passed over. */
  sayMissed(run: SourceRun): void {
    const { coverage } = run;
    if (!coverage.passedOver) return;
    const { call, failures } = this.#options;
    const gone = [...failures.wanted(run.name)].filter((sourceUrl) => coverage.isGone(sourceUrl));
    const all = call.again([], { without: ["--retry-failed", "--shard"] });
    const reason = `the source does not have it any more, unless it is in a file that is new or changed; to read all: ${all}`;
    for (const path of gone) this.take(run, { kind: "failed", path, reason });
  }

  sayEnd(run: SourceRun): void {
    const { clock, reporter } = this.#options;
    const skipped = run.notes.filter((note) => note.kind !== "warning");
    reporter.report({ type: "source_end", ...run.summary(clock.now()), skipped });
  }
}
