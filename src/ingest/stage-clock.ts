import type { Clock } from "../flow/clock.ts";

const STAGES = ["parsing", "embedding", "storing", "indexing"] as const;

export type Stage = (typeof STAGES)[number];

/** Adds up how long each stage was the one the run waited for. */
export class StageClock {
  readonly #clock: Clock;
  readonly #spentMs: Record<Stage, number> = { parsing: 0, embedding: 0, storing: 0, indexing: 0 };
  #stage: Stage = "parsing";
  #since: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** From now on the run waits for `stage`. */
  waitsFor(stage: Stage): void {
    const now = this.#clock.now();
    this.#spentMs[this.#stage] += now - this.#since;
    this.#since = now;
    this.#stage = stage;
  }

  /** The stage that limited the run, and its share of the time. */
  limit(): { stage: Stage; share: number } {
    this.waitsFor(this.#stage);
    const total = Object.values(this.#spentMs).reduce((sum, ms) => sum + ms, 0);
    const stage = STAGES.reduce((most, next) => (this.#spentMs[next] > this.#spentMs[most] ? next : most));
    return { stage, share: total === 0 ? 1 : this.#spentMs[stage] / total };
  }
}
