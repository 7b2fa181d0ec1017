import { timeLeftMs } from "./estimate.ts";
import type { IngestorOptions } from "./ingestor-options.ts";
import type { SourceRun } from "./source-run.ts";
import type { WorkMeter } from "./work-meter.ts";

const SAY_EVERY_MS = 1_000;

type ProgressOptions = Pick<IngestorOptions, "clock" | "reporter" | "phases"> & { readonly meter: WorkMeter };

/** Says how far a run is, at most once a second. */
export class Progress {
  readonly #options: ProgressOptions;
  #saidMs = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  say(
    run: SourceRun,
    { inFlight, chunksWaiting }: { readonly inFlight: number; readonly chunksWaiting: number },
  ): void {
    const { clock, reporter, phases, meter } = this.#options;
    const now = clock.now();
    if (now - this.#saidMs < SAY_EVERY_MS) return;
    this.#saidMs = now;
    const leftMs = timeLeftMs(meter.work(chunksWaiting));
    reporter.report({
      ...{ type: "progress", ...run.progress(now), inFlight },
      share: leftMs === null ? null : shareOf(phases.elapsedMs, leftMs),
      etaS: leftMs === null ? null : Math.ceil(leftMs / 1_000),
    });
  }
}

function shareOf(doneMs: number, leftMs: number): number {
  return Math.round((1_000 * doneMs) / Math.max(doneMs + leftMs, 1)) / 1_000;
}
