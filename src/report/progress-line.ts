import { count, duration, plural } from "../text/words.ts";
import { type RunState, shareOf, type SourceState, speedOf, sumsOf, timeLeft } from "./run-state.ts";

/** How far the whole run is, on a line. */
export function progressLine(run: RunState, nowMs: number): string {
  const { chunks, stored, done } = sumsOf(run);
  const share = shareOf(run, nowMs);
  const leftMs = timeLeft(run, nowMs);
  const atWork = [...run.sources.values()].filter(({ isBegun, status }) => isBegun && status === undefined);
  return (
    `progress: ${share === undefined ? "" : `${Math.floor(share * 100)}%, `}` +
    `${count(done)} of ${plural(run.sources.size, "source")} done` +
    `${atWork.map((source) => `, ${source.name} ${filesOf(source)}`).join("")}; ` +
    `${plural(chunks, "chunk")}, ${count(stored)} stored, ${count(speedOf(run))} chunks/s, ${run.busy.size} in flight` +
    (leftMs === undefined ? "" : `, about ${duration(Math.ceil(leftMs / 1_000) * 1_000)} left`)
  );
}

/** "12 of 300 files" */
function filesOf({ files, filesTotal }: SourceState): string {
  return filesTotal === 0 ? plural(files, "file") : `${count(files)} of ${plural(filesTotal, "file")}`;
}
