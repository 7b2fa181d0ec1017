import type { Call } from "../flow/errors.ts";
import { type SourceSummary, type SourceTotals, totalsOf } from "../ingest/events.ts";
import type { Spent } from "../ingest/phase-clock.ts";
import { printable } from "../text/printable.ts";
import { plural } from "../text/words.ts";
import { longest } from "./time-spent.ts";

export type Ending = {
  readonly sources: readonly SourceSummary[];
  readonly exitCode: number;
  /** `parallel (4w)` or `sequential`. */
  readonly mode: string;
  readonly durationMs: number;
  /** Chunks that an interrupted run has read and not stored. */
  readonly chunksWaiting: number;
  /** Of a rebuild that is not swapped in. */
  readonly isWithheld?: boolean;
  /** Each embedding server took one request after the other. */
  readonly isOneAtATime: boolean;
  /** What the run waited for, and how long. */
  readonly phases: readonly Spent[];
  /** Undefined when it does not name all that failed. */
  readonly failureLog: string | undefined;
  readonly call: Call;
};

/** What can be done now, and the command line to paste for it. */
export type NextStep = { readonly text: string; readonly command?: string };

/** A run that took less is over too soon to be compared with another. */
export const COMPARED_MS_MIN = 1_000;

/** What a user does after a run that failed, or was interrupted. */
export function remedies(ending: Ending): NextStep[] {
  const { exitCode, failureLog, chunksWaiting, sources, isWithheld = false, call: given } = ending;
  // Whoever pastes a command wants to see what comes of it.
  const call: Call = { ...given, again: (words) => given.again(words, { without: ["--quiet"] }) };
  const steps: NextStep[] = [];
  if (exitCode === 1 && failureLog !== undefined) {
    steps.push({ text: "Some batches failed. Re-run with --retry-failed:", command: call.again(["--retry-failed"]) });
    steps.push({ text: `The failed chunks are in ${printable(failureLog)}` });
  } else if (exitCode === 1 && sources.every(({ status }) => status !== "FAILED") && totalsOf(sources).failed > 0) {
    // The reason of a source that failed as a whole says what to do. What a rebuild has swapped in needs no other one.
    const onceMore = given.again([], { without: ["--quiet", ...(isWithheld ? [] : ["--clean"])] });
    steps.push({ text: "When what is named above can be read, run again:", command: onceMore });
  }
  if (exitCode === 130 && chunksWaiting > 0) {
    const verb = chunksWaiting === 1 ? "was read and is" : "were read and are";
    const read = `${plural(chunksWaiting, "chunk")} ${verb} not stored`;
    steps.push({ text: `${read}: no failure, the next run does what is left.` });
  }
  if (exitCode === 130) {
    // These go on by themselves.
    const goesOn = call.has("--clean") || call.has("--retry-failed");
    const how = goesOn ? "" : ", with --resume to skip completed sources";
    steps.push({
      text: `Interrupted; what was committed stays. Run again to go on${how}:`,
      command: call.again(goesOn ? [] : ["--resume"]),
    });
  }
  return steps;
}

/** What a user may try next: what would make a run faster, and what a new corpus is for. */
export function suggestions(
  { mode, durationMs, isOneAtATime, phases, exitCode, call }: Ending,
  totals: SourceTotals,
): NextStep[] {
  const steps: NextStep[] = [];
  const { embedded, added, changed, kept, removed } = totals;
  if (isOneAtATime && embedded > 0 && longest(phases)?.phase === "embedding") {
    steps.push({
      text:
        "Each embedding server took one request after the other: there, more workers save a few percent at most. Faster are " +
        "more servers (--ollama-host one,two), or one that works on several requests at a time (vLLM, " +
        "text-embeddings-inference, llama-server: --embedder openai).",
    });
  }
  if (mode !== "sequential" && embedded > 0 && durationMs > COMPARED_MS_MIN && exitCode !== 130) {
    steps.push({ text: "Compare with --sequential for baseline:", command: call.again(["--sequential"]) });
  }
  if (exitCode === 0 && added > 0 && changed + kept + removed === 0) {
    steps.push({ text: "Ask what is in it now:", command: call.again(["search", "how do I open a file"]) });
  }
  return steps;
}
