import { type SourceSummary, totalsOf } from "../ingest/events.ts";
import { printable } from "../text/printable.ts";
import { count, duration, perSecond, plural } from "../text/words.ts";
import { COMPARED_MS_MIN, type Ending, type NextStep, remedies, suggestions } from "./next-steps.ts";
import { didSomething, type Figure, sourceTable } from "./source-table.ts";
import { limitOf, timesOf } from "./time-spent.ts";
import type { Repeated } from "./warning-news.ts";

export type RunSummary = Ending & {
  /** Characters a line of the terminal holds; undefined for what is no terminal. */
  readonly columns?: number | undefined;
  /** What was not told of, because it was before. */
  readonly repeated?: Repeated;
};

const RUN: readonly Figure[] = ["files", "documents", "chunks", "embedded", "reused", "removed", "failed"];
const DRY_RUN: readonly Figure[] = ["files", "documents", "added", "changed", "kept", "removed", "embedded", "failed"];
/** Sources of one reason that are called by name. */
const NAMES_MAX = 5;

/** What a run did, source by source, where its time went, and what to do next. Two or three lines where nothing has changed. */
export function summaryText(summary: RunSummary): string {
  const { sources, mode, durationMs, phases, columns: width } = summary;
  const totals = totalsOf(sources);
  const took = { durationMs, mode: durationMs > COMPARED_MS_MIN ? mode : undefined };
  const shown = sourceTable(sources, { figures: RUN, took, width });
  const isIdle = !sources.some(didSomething);
  return paragraphs([
    isIdle ? "" : `\n${shown}\n`,
    ...reasonsOf(sources, width),
    ...(isIdle ? idleLine(summary) : [speed(summary)]).map((line) => wrapped(line, width)),
    wrapped(timesOf(phases), width),
    wrapped(repeatedText(summary.repeated), width),
    ...[...remedies(summary), ...suggestions(summary, totals)].map((step) => stepText(step, width)),
  ]);
}

/** What is left to say of a run that was told to be quiet: nothing of one that succeeded. */
export function troubleText(summary: RunSummary): string {
  const { sources, durationMs, columns: width } = summary;
  const concerned = sources.filter(({ status }) => status === "PARTIAL" || status === "FAILED");
  const took = { durationMs, mode: undefined };
  return paragraphs([
    concerned.length === 0 ? "" : `${sourceTable(concerned, { figures: RUN, took, width })}\n`,
    ...reasonsOf(concerned, width),
    ...remedies(summary).map((step) => stepText(step, width)),
  ]);
}

/** The table of `--dry-run`: what the run would do to rows, and how many texts it would embed. */
export function dryRunText(summary: Omit<RunSummary, "phases">): string {
  const { sources, exitCode, columns: width, call } = summary;
  if (exitCode === 130) return "Interrupted; nothing was changed.\n";
  const titles = { embedded: "To embed" };
  const isIdle = !sources.some(didSomething);
  const run = { text: "To do it:", command: call.again([], { without: ["--dry-run"] }) };
  return paragraphs([
    isIdle ? "" : `\n${sourceTable(sources, { figures: DRY_RUN, titles, width })}\n`,
    ...reasonsOf(sources, width),
    ...(isIdle ? idleLine(summary).map((line) => wrapped(line, width)) : []),
    wrapped(repeatedText(summary.repeated), width),
    wrapped(
      isIdle
        ? "Dry run: nothing was changed."
        : "Dry run: nothing was changed. Added, changed, kept and removed count chunks.",
      width,
    ),
    isIdle ? "" : stepText(run, width),
  ]);
}

function paragraphs(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== "")
    .map((part) => (part.endsWith("\n") ? part : `${part}\n`))
    .join("");
}

/** The reason of each source that has one, and what to type then; once of all that have the same. */
function reasonsOf(sources: readonly SourceSummary[], width: number | undefined): string[] {
  const linesOf = (isOf: (source: SourceSummary) => boolean) => {
    const its = sources.filter((source) => source.reason !== "" && isOf(source));
    return [...Map.groupBy(its, ({ reason }) => reason)].map(([reason, ones]) => `${namesOf(ones)}: ${reason}`);
  };
  const skipped = linesOf(({ status }) => status === "SKIPPED").map((line) => `SKIPPED: ${line}`);
  return [...linesOf(({ status }) => status !== "SKIPPED"), ...skipped].map((reason) => {
    const [text = "", ...commands] = reason.split("\n");
    return [wrapped(printable(text), width), ...commands.map((command) => `  ${printable(command)}`)].join("\n");
  });
}

function namesOf(sources: readonly SourceSummary[]): string {
  const names = sources.slice(0, NAMES_MAX).map(({ source }) => source);
  const more = sources.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${count(more)} more` : ""}`;
}

/** Of a run in which no source did anything. */
function idleLine({ sources, durationMs, mode }: Pick<RunSummary, "sources" | "durationMs" | "mode">): string[] {
  const unchanged = sources.filter(({ status }) => status === "UNCHANGED");
  const { documents, chunks } = totalsOf(unchanged);
  if (unchanged.length === 0) return [`Nothing was done, in ${duration(durationMs)}.`];
  const [only] = unchanged;
  const who =
    unchanged.length === 1 && only !== undefined ? printable(only.source) : plural(unchanged.length, "source");
  const how = durationMs > COMPARED_MS_MIN ? `, ${mode}` : "";
  return [
    `${who} unchanged: ${plural(documents, "document")}, ${plural(chunks, "chunk")}; ${duration(durationMs)}${how}.`,
  ];
}

function speed({ sources, durationMs, phases, exitCode }: RunSummary): string {
  const { chunks, embedded } = totalsOf(sources);
  const took = `${plural(chunks, "chunk")} in ${duration(durationMs)}`;
  if (embedded === 0 && exitCode === 0) return `${took}; nothing to embed.`;
  const rate = embedded === 0 ? "" : `, ${count(perSecond(embedded, durationMs))} embedded chunks/s`;
  // What kept a run from its work is named above, as the reason of its sources.
  const limit = embedded === 0 || durationMs <= COMPARED_MS_MIN ? "" : limitOf(phases, durationMs);
  return `${took}${rate}${limit === "" ? "" : `; ${limit}`}.`;
}

function repeatedText({ warnings, skipped }: Repeated = { warnings: 0, skipped: 0 }): string {
  const what = [warnings > 0 ? plural(warnings, "warning") : "", skipped > 0 ? `${count(skipped)} skipped` : ""].filter(
    (part) => part !== "",
  );
  return what.length === 0 ? "" : `${what.join(" and ")} as in the last run (--warnings shows them).`;
}

/** The command on a line of its own, whole: it is to be pasted. */
function stepText({ text, command }: NextStep, width: number | undefined): string {
  return `${wrapped(text, width)}${command === undefined ? "" : `\n  ${command}`}`;
}

/** Broken between words where it is longer than a line of the terminal. */
function wrapped(text: string, width: number | undefined): string {
  return width === undefined ? text : Bun.wrapAnsi(text, width, { hard: false });
}
