import type { CorpusSize, LastRun, LockHolder } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import { ago, count, dayAndTime, duration, plural, size } from "../text/words.ts";
import { ADOPTED_NAME } from "./contents-text.ts";
import { type CorpusHead, corpusHeadText, wrappedLine } from "./corpus-head.ts";
import { left, right, table } from "./table.ts";

/** What is known of one source. */
export type SourceStatusLine = {
  readonly source: string;
  /** In the sources file; null: there is none. */
  readonly listed: "enabled" | "disabled" | "no" | null;
  readonly documents: number;
  readonly incomplete: number;
  readonly chunks: number;
  /** As stored, without indexes. */
  readonly bytes: number;
  /** null: never, or not known. */
  readonly lastRun:
    | (Omit<LastRun, "source" | "part"> & { readonly parts: { readonly known: number; readonly of: number } | null })
    | null;
  /** One of its documents was written after that. */
  readonly writtenSince: boolean;
};

/** What a reader should know, and what to type then. */
export type StatusNote = { readonly reason: string; readonly command: string | null };

/** How a corpus is. */
export type CorpusStatus = CorpusHead &
  CorpusSize & {
    /** null: there is none to compare with. */
    readonly sourcesFile: string | null;
    /** Whether runs of this corpus are on record at all. */
    readonly runsKnown: boolean;
    readonly lastRun:
      (Pick<LastRun, "startedAt" | "endedAt" | "mode" | "version" | "exitCode"> & { readonly sources: number }) | null;
    readonly sources: readonly SourceStatusLine[];
    /** Runs that are under way. */
    readonly atWork: readonly LockHolder[];
    readonly notes: readonly StatusNote[];
  };

type ShownOptions = {
  /** Lines are wrapped at so many columns; left out: not at all. */
  readonly columns?: number | undefined;
  readonly now: Date;
};

const TITLES = [
  ...left("Source", "Last run"),
  ...right("Took"),
  ...left("Status"),
  ...right("Documents", "Chunks", "Size"),
];
/** What a narrow terminal does without, one after the other. */
const DISPENSABLE = ["Took", "Size", "Documents", "Chunks"];
const NO_FILE = "no sources file here: there is nothing to compare the corpus with";
const ENDINGS: Readonly<Record<number, string>> = { 0: "all is stored", 130: "interrupted" };

/** The status as a person reads it. */
export function corpusStatusText(status: CorpusStatus, { columns, now }: ShownOptions): string {
  const { sources, tableBytes, indexBytes, notes } = status;
  const rows = sources.map(({ source, documents, chunks, bytes, lastRun }) => [
    printable(source) || ADOPTED_NAME,
    ...(lastRun === null
      ? [status.runsKnown ? "never" : "not known", "", ""]
      : [ago(lastRun.endedAt, now), duration(lastRun.durationMs), `${lastRun.status}${partsText(lastRun)}`]),
    ...[count(documents), count(chunks), size(bytes)],
  ]);
  const file = status.sourcesFile === null ? [NO_FILE] : [];
  const said = notes.flatMap(({ reason, command }) => [
    wrappedLine(`${printable(reason)}${command === null ? "" : ":"}`, columns),
    // On a line of its own, whole: it is pasted.
    ...(command === null ? [] : [`  ${printable(command)}\n`]),
  ]);
  return [
    corpusHeadText(status, columns),
    wrappedLine(`on disk: ${size(tableBytes + indexBytes)}, ${size(indexBytes)} of it indexes`, columns),
    wrappedLine(`last run: ${lastRunText(status, now)}`, columns),
    `\n${table(TITLES, rows, { width: columns, dispensable: DISPENSABLE })}`,
    ...(said.length + file.length === 0 ? [] : ["\n", ...said, ...file.map((line) => wrappedLine(line, columns))]),
  ].join("");
}

function partsText({ parts }: NonNullable<SourceStatusLine["lastRun"]>): string {
  return parts === null ? "" : ` (${count(parts.known)} of ${plural(parts.of, "part")})`;
}

function lastRunText({ lastRun, runsKnown }: CorpusStatus, now: Date): string {
  if (lastRun === null)
    return runsKnown ? "none is known" : "not known: none is on record, or none that the database user may read";
  const { startedAt, endedAt, exitCode, sources } = lastRun;
  const took = duration(endedAt.getTime() - startedAt.getTime());
  const how = ENDINGS[exitCode] ?? `something failed (exit code ${exitCode})`;
  return `${ago(endedAt, now)} (${dayAndTime(endedAt)}), ${plural(sources, "source")} in ${took}: ${how}`;
}
