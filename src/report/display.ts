import type { Reporter } from "../ingest/events.ts";
import type { Output } from "./output.ts";

/** Where a run is told of. */
export type Display = Reporter & {
  /** Where everything goes that others write to stderr before it has ended. */
  readonly stderr: Output;
  /** The user asked the run to stop. */
  stopping(text: string): void;
  /** Does `work`, during which this thread may hear of nothing, and be ended without a word. */
  deaf<Result>(work: () => Promise<Result>): Promise<Result>;
  /** The run is over; said by its `summary`, too. */
  end(): void;
};
