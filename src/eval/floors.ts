import type { SearchMode } from "../store/store.ts";
import { figuresOf, halvesOf, type Measured, metricsAt } from "./figures.ts";

/** The least that a figure of all questions may be. */
export type Floor = {
  /** As it was given. */
  readonly text: string;
  /** Undefined: in whatever mode was measured. */
  readonly mode: string | undefined;
  readonly metric: string;
  readonly least: number;
};

const FLOOR = /^(?:([a-z]+):)?([^=:]+)=(\d*\.?\d+)$/i;
/** Of the index, not of a mode. */
export const RECALL = "recall";

/** `[MODE:]METRIC=N`; undefined when it is written in another way, or N is not from 0 to 1. */
export function readFloor(text: string): Floor | undefined {
  const [, mode, name = "", number = ""] = FLOOR.exec(text) ?? [];
  const least = Number(number);
  if (name === "" || least > 1) return undefined;
  // "mrr@10" is what "mrr" is called in the report.
  return { text, mode, metric: name.toLowerCase().replace(/^(mrr|ndcg|recall)@\d+$/, "$1"), least };
}

export function readFloors(texts: readonly string[]): Floor[] {
  return texts.flatMap((text) => readFloor(text) ?? []);
}

/** What a floor can be put under. */
export function floorNames(k: number): string[] {
  return [...metricsAt(k).map(({ name }) => name), RECALL];
}

/** A figure that is lower than it may be. */
export type Shortfall = {
  /** Null: the index. */
  readonly mode: SearchMode | null;
  readonly metric: string;
  readonly value: number;
  readonly least: number;
};

/** The figures of all questions that are below their floors. */
export function belowFloors(
  floors: readonly Floor[],
  measured: Pick<Measured, "answered" | "modes" | "k">,
): Shortfall[] {
  const { recall } = halvesOf(measured);
  const ofAll = figuresOf(measured).filter(({ tag }) => tag === undefined);
  return floors.flatMap(({ mode: only, metric, least }): Shortfall[] => {
    const found =
      metric === RECALL
        ? [{ mode: null, value: recall?.share ?? 0 }]
        : ofAll
            .filter(({ mode }) => only === undefined || mode === only)
            .map(({ mode, means }) => ({ mode, value: means[metric] ?? NaN }));
    return found.filter(({ value }) => value < least).map((one) => ({ ...one, metric, least }));
  });
}
