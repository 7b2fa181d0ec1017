import { type Comparison, type Drop, dropsOf } from "./compare.ts";
import { belowFloors, type Floor, type Shortfall } from "./floors.ts";
import type { Measured } from "./figures.ts";

/** What a measurement is held against. */
export type Standard = {
  readonly floors: readonly Floor[];
  /** By how much a figure may be lower than in the baseline. */
  readonly tolerance: number;
  /** What was measured becomes the baseline: being worse than the one before is said, and no fault. */
  readonly accepts: boolean;
};

export type Verdict = {
  readonly exitCode: number;
  readonly belowFloor: readonly Shortfall[];
  readonly belowBaseline: readonly Drop[];
};

/** Whether what was measured is good enough. */
export function verdictOf(
  measured: Measured,
  comparison: Comparison | undefined,
  { floors, tolerance, accepts }: Standard,
): Verdict {
  const belowFloor = belowFloors(floors, measured);
  const belowBaseline = comparison === undefined ? [] : dropsOf(comparison, tolerance);
  return {
    exitCode: belowFloor.length > 0 || (belowBaseline.length > 0 && !accepts) ? 1 : 0,
    belowFloor,
    belowBaseline,
  };
}
