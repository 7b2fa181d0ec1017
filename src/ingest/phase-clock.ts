import type { Clock } from "../flow/clock.ts";
import type { Phase, Reporter, Stage } from "./events.ts";

/** How long a run waited for one of its stages, or was in one of its phases. */
export type Spent = { readonly phase: Stage | Phase; readonly durationMs: number };

/** What a stage was waited for longer ago counts half as much. */
const HALF_LIFE_MS = 30_000;

type Step = { readonly name: string; readonly sinceMs: number; readonly toldMs: number };

/**
 * Adds up what a run waits for. Its stages overlap, so that at any time one of them is what the others wait for; a phase
 * (opening, indexing, an outage ...) holds up all of them, is told of, and counted apart.
 */
export class PhaseClock {
  readonly #clock: Clock;
  readonly #reporter: Reporter;
  readonly #spentMs = new Map<Stage | Phase, number>();
  readonly #startedMs: number;
  #stage: Stage = "parsing";
  /** What was waited for of late. */
  readonly #lateMs = new Map<Stage, number>();
  /** Those under way, one within the other, and since when. */
  readonly #phases: { readonly phase: Phase; readonly sinceMs: number; step: Step | undefined }[] = [];
  #sinceMs: number;
  #workingMs = 0;

  constructor({ clock, reporter }: { readonly clock: Clock; readonly reporter: Reporter }) {
    this.#clock = clock;
    this.#reporter = reporter;
    this.#startedMs = clock.now();
    this.#sinceMs = this.#startedMs;
  }

  /** Since the run began. */
  get elapsedMs(): number {
    return this.#clock.now() - this.#startedMs;
  }

  /** Time in which no phase held up the stages. */
  get workingMs(): number {
    this.#count();
    return this.#workingMs;
  }

  /** From now on the stages wait for `stage`. */
  waitsFor(stage: Stage): void {
    this.#count();
    this.#stage = stage;
  }

  /** What the stages waited for most of late. */
  get limitedBy(): Stage {
    this.#count();
    return [...this.#lateMs].reduce((most, one) => (one[1] > most[1] ? one : most), [this.#stage, 0] as const)[0];
  }

  /** The run is in `phase` while `work` is done. */
  async during<Result>(phase: Phase, work: () => Promise<Result>): Promise<Result> {
    const end = this.begin(phase);
    try {
      return await work();
    } finally {
      end();
    }
  }

  /** The run is in `phase` until the function that is returned is called. `expectedMs`: what it may take. */
  begin(
    phase: Phase,
    { rows = null, expectedMs }: { readonly rows?: number | null; readonly expectedMs?: number } = {},
  ): () => void {
    this.#count();
    const begun = { phase, sinceMs: this.#clock.now(), step: undefined };
    this.#phases.push(begun);
    const ofPhase = { type: "phase", phase, rows, step: null, share: null, etaS: null } as const;
    const etaS = expectedMs === undefined ? null : Math.ceil(expectedMs / 1_000);
    this.#reporter.report({ ...ofPhase, state: "begun", durationMs: 0, etaS });
    return () => {
      const index = this.#phases.indexOf(begun);
      if (index < 0) return;
      this.#count();
      this.#phases.splice(index, 1);
      const durationMs = Math.round(this.#clock.now() - begun.sinceMs);
      this.#reporter.report({ ...ofPhase, state: "ended", durationMs });
    };
  }

  /** `share` of a step of the phase under way is done. */
  goesOn(phase: Phase, share: number, step: string): void {
    const begun = this.#phases.findLast((one) => one.phase === phase);
    if (begun === undefined) return;
    const now = this.#clock.now();
    // A step begins when the one before it was last heard of.
    const sinceMs = begun.step?.name === step ? begun.step.sinceMs : (begun.step?.toldMs ?? begun.sinceMs);
    begun.step = { name: step, sinceMs, toldMs: now };
    const etaS = share > 0 ? Math.ceil((((now - sinceMs) / share) * (1 - share)) / 1_000) : null;
    this.#reporter.report({
      type: "phase",
      phase,
      state: "going on",
      rows: null,
      step,
      share,
      durationMs: Math.round(now - begun.sinceMs),
      etaS,
    });
  }

  /** All that took time, in the order in which it first did. */
  spent(): Spent[] {
    this.#count();
    return [...this.#spentMs]
      .map(([phase, ms]) => ({ phase, durationMs: Math.round(ms) }))
      .filter(({ durationMs }) => durationMs > 0);
  }

  #count(): void {
    const now = this.#clock.now();
    const current = this.#phases.at(-1)?.phase ?? this.#stage;
    if (this.#phases.length === 0) this.#work(now - this.#sinceMs);
    if (now > this.#sinceMs) this.#spentMs.set(current, (this.#spentMs.get(current) ?? 0) + now - this.#sinceMs);
    this.#sinceMs = now;
  }

  #work(ms: number): void {
    this.#workingMs += ms;
    const share = 0.5 ** (ms / HALF_LIFE_MS);
    for (const [stage, lateMs] of this.#lateMs) this.#lateMs.set(stage, lateMs * share);
    this.#lateMs.set(this.#stage, (this.#lateMs.get(this.#stage) ?? 0) + ms);
  }
}
