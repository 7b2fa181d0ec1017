import { timeLeftMs } from "./estimate.ts";
import type { IngestorOptions } from "./ingestor-options.ts";
import type { RequestMeter } from "./request-meter.ts";
import type { SourceRun } from "./source-run.ts";
import type { WorkMeter } from "./work-meter.ts";

const SAY_EVERY_MS = 1_000;

type ProgressOptions = Pick<IngestorOptions, "clock" | "reporter" | "phases"> & {
  readonly meter: WorkMeter;
  readonly requests: RequestMeter;
};

/** What is under way. */
type UnderWay = { readonly inFlight: number; readonly parsing: number; readonly chunksWaiting: number };

/** Says how far a run is, at most once a second: of each source that got further since then. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #changed = new Set<SourceRun>();
  #saidMs = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  say(run: SourceRun, { inFlight, parsing, chunksWaiting }: UnderWay): void {
    const { clock, reporter, phases, meter, requests } = this.#options;
    const now = clock.now();
    this.#changed.add(run);
    if (now - this.#saidMs < SAY_EVERY_MS) return;
    this.#saidMs = now;
    const leftMs = timeLeftMs(meter.work(chunksWaiting));
    const ofRun = {
      ...{ inFlight, parsing, latencyMs: requests.latencyMs, retries: requests.retries, limitedBy: phases.limitedBy },
      share: leftMs === null ? null : shareOf(phases.elapsedMs, leftMs),
      etaS: leftMs === null ? null : Math.ceil(leftMs / 1_000),
    };
    for (const one of this.#changed)
      if (!one.isOver) reporter.report({ type: "progress", ...one.progress(now), ...ofRun });
    this.#changed.clear();
  }
}

function shareOf(doneMs: number, leftMs: number): number {
  return Math.round((1_000 * doneMs) / Math.max(doneMs + leftMs, 1)) / 1_000;
}
