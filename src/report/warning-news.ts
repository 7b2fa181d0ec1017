import type { Reporter, RunEvent } from "../ingest/events.ts";
import { type ToldWarnings, warningKey } from "../ingest/known-warnings.ts";

type Warning = Extract<RunEvent, { type: "warning" }>;

/** So many are remembered of a run. */
const TOLD_MAX = 20_000;
const ASIDE_MAX = 20;

/** How many warnings, and files that were left out on purpose, were not told of because the last run had told of them. */
export type Repeated = { readonly warnings: number; readonly skipped: number };

export type WarningNewsOptions = {
  readonly reporter: Reporter;
  /** Known ones are told of, too. */
  readonly all: boolean;
  /** Whoever listens is told of no warning: none becomes known by this run. */
  readonly quiet: boolean;
};

/** Passes on what is news: of the warnings that the last run told of it says how many there are. What failed is always news. */
export class WarningNews implements Reporter {
  readonly #options: WarningNewsOptions;
  readonly #told = new Map<string, Map<string, number>>();
  /** Until it is known what is known. */
  #held: Warning[] | undefined = [];
  #known: ToldWarnings = new Map();
  #size = 0;
  #repeated: Repeated = { warnings: 0, skipped: 0 };
  /** Known ones about the run, which may be why it is no success. */
  #aside: Warning[] = [];

  constructor(options: WarningNewsOptions) {
    this.#options = options;
  }

  /** What earlier runs have told. What came until now is told of, or counted. */
  compareWith(known: ToldWarnings): void {
    this.#known = known;
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const event of held) this.report(event);
  }

  report(event: RunEvent): void {
    const { all, quiet, reporter } = this.#options;
    if (event.type === "summary" && event.exitCode === 1) this.#tellAside();
    if (event.type !== "warning" || event.kind === "failed") return reporter.report(event);
    if (this.#held !== undefined) return void this.#held.push(event);
    const isKnown = this.#isKnown(event, quiet);
    // What is quiet chooses for itself.
    if (!isKnown || all || quiet) return reporter.report(event);
    if (event.source === "" && this.#aside.length < ASIDE_MAX) return void this.#aside.push(event);
    const { warnings, skipped } = this.#repeated;
    const isSkipped = event.kind === "skipped";
    this.#repeated = { warnings: warnings + (isSkipped ? 0 : 1), skipped: skipped + (isSkipped ? 1 : 0) };
  }

  get repeated(): Repeated {
    const { warnings, skipped } = this.#repeated;
    return { warnings: warnings + this.#aside.length, skipped };
  }

  /** What is known from now on. */
  get told(): ToldWarnings {
    return this.#told;
  }

  #tellAside(): void {
    for (const event of this.#aside) this.#options.reporter.report(event);
    this.#aside = [];
  }

  /** Of the same ones there may be more than there were. */
  #isKnown(event: Warning, quiet: boolean): boolean {
    const key = warningKey(event);
    const its = this.#told.get(event.source) ?? new Map<string, number>();
    const times = (its.get(key) ?? 0) + 1;
    const isKnown = times <= (this.#known.get(event.source)?.get(key) ?? 0);
    if ((isKnown || !quiet) && (times > 1 || this.#size < TOLD_MAX)) {
      if (times === 1) this.#size++;
      this.#told.set(event.source, its.set(key, times));
    }
    return isKnown;
  }
}
