import { type Part, partText } from "../../parsers/part.ts";
import type { LockRequest } from "../driver/database.ts";

/** What no name of a source has in it. */
const BETWEEN = "\0";

/** What a run works on. */
export type RunScope = {
  /** Each once. */
  readonly sources: readonly string[];
  /** The part of each source that is this run's; undefined for all of it. */
  readonly part: Part | undefined;
  /** The corpus, with all sources there are. */
  readonly everything: boolean;
};

/**
 * The locks of a run. Every run shares the corpus, a rebuild has it alone. A source is one run's, or it is shared by those
 * that split it into as many parts, of which each has its own.
 */
export function runLocks({ sources, part, everything }: RunScope): LockRequest[] {
  // Sorted, so that of two runs one gets ahead.
  const names = sources.toSorted();
  return [{ name: "", shared: !everything }, ...names.flatMap((name) => sourceLocks(name, part))];
}

function sourceLocks(name: string, part: Part | undefined): LockRequest[] {
  if (part === undefined) return [{ name, shared: false }];
  const split = `${name}${BETWEEN}${part.count}`;
  const what = `part ${partText(part)} of source "${name}"`;
  return [
    { name, shared: true, among: split },
    { name: split, shared: true, what },
    { name: `${split}${BETWEEN}${part.index}`, shared: false, what },
  ];
}
