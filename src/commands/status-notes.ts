import type { Call } from "../flow/errors.ts";
import { stayingText } from "../ingest/complete-run.ts";
import { FailureLog } from "../ingest/failure-log.ts";
import type { SourceStatusLine, StatusNote } from "../report/corpus-status.ts";
import type { LockHolder, SourceContents, Store, VectorIndexes } from "../store/store.ts";
import { plural } from "../text/words.ts";
import { incompleteText, ingestOf } from "./corpus-head.ts";

const WRITTEN_SINCE =
  "was written to after its last run that is known: by one that was killed, or is of another version";
const RUNS_HIDDEN = "runs are on record, and the database user may not read that; in psql, as the owner or a superuser";
const NAMED_MAX = 5;
const PROBLEMS_SHOWN_MAX = 5;
const REASONS_SHOWN_MAX = 5;

type Known = {
  readonly store: Store;
  readonly head: { readonly vectorIndexes: VectorIndexes };
  readonly stored: readonly SourceContents[];
  readonly sources: readonly SourceStatusLine[];
  readonly atWork: readonly LockHolder[];
  readonly brokenIndexes: readonly string[];
  readonly failureLogPath: string;
  /** The sources file, and what keeps a run from using it. */
  readonly file: { readonly config: string; readonly problems: readonly string[] };
  readonly call: Call;
};

/** What is not as a run leaves it that comes to its end, with what to type. What many sources share is said once. */
export async function notesOf(known: Known): Promise<StatusNote[]> {
  const { store, head, stored, sources, atWork, brokenIndexes, failureLogPath, file, call } = known;
  const unindexed = await store.whyUnindexed();
  const grant = await store.missingRunsRight();
  return [
    ...wrongFile(file, call),
    ...(grant === undefined ? [] : [note(RUNS_HIDDEN, grant)]),
    ...(unindexed === undefined ? lackingIndex(head.vectorIndexes, stored, call) : [note(unindexed)]),
    ...brokenIndexes.map((name) => note(`index ${name} is not valid, and no search asks it`)),
    ...atWork.map(({ pid, host, sources: on }) => {
      const what = on.length === 0 ? "" : ` on ${on.join(", ")}`;
      return note(`a run is at work${what}: process ${pid ?? "unknown"} on ${host}`);
    }),
    ...adopted(sources, call),
    ...missing(sources, call),
    ...staying(sources, file.config, call),
    ...unfinished(sources, call),
    ...writtenSince(sources, atWork),
    ...(await waiting(store, failureLogPath, call)),
  ];
}

/** A run would end with exit code 2 before it began. */
function wrongFile({ config, problems }: Known["file"], call: Call): StatusNote[] {
  if (problems.length === 0) return [];
  const more = problems.length - PROBLEMS_SHOWN_MAX;
  const shown = more > 0 ? [...problems.slice(0, PROBLEMS_SHOWN_MAX), `and ${more} more`] : problems;
  const one = problems.length === 1;
  const last = `a run would stop at ${config} for ${one ? "that" : "those"}; for what mends ${one ? "it" : "each"}`;
  return [...shown.map((problem) => note(problem)), note(last, call.again(["doctor"]))];
}

/** Where a run would have built one by now: it was dropped, or the run did not come to its end. */
function lackingIndex(
  { hnsw, list, fromRows }: VectorIndexes,
  stored: readonly SourceContents[],
  call: Call,
): StatusNote[] {
  const isEmpty = stored.every(({ chunks }) => chunks === 0);
  if (hnsw || list || fromRows !== null || isEmpty) return [];
  return [note("the index on vectors is missing, and a search looks at each of them; a run builds it", call.again([]))];
}

function adopted(sources: readonly SourceStatusLine[], call: Call): StatusNote[] {
  return sources
    .filter(({ source }) => source === "")
    .map(({ chunks }) => {
      const what = `${plural(chunks, "chunk")} of no source, adopted from another tool`;
      return note(`${what}: a run of all sources replaces them`, call.again([]));
    });
}

/** Sources that are listed and have nothing, but for those whose last run says why. */
function missing(sources: readonly SourceStatusLine[], call: Call): StatusNote[] {
  const lines = sources.filter((line) => line.listed === "enabled" && line.documents === 0 && !hasFailed(line));
  const names = lines.map(({ source }) => source);
  if (names.length === 0) return [];
  const which = names.length === 1 ? `source "${names[0]}" has` : `${plural(names.length, "source")} have`;
  const list = names.length === 1 ? "" : `: ${shortList(names)}`;
  return [note(`${which} no documents yet${list}; to ingest`, ingestAll(names, sources, call))];
}

/** Those that the sources file has no more, or not enabled. */
function staying(sources: readonly SourceStatusLine[], config: string, call: Call): StatusNote[] {
  const stored = sources.filter(({ source, documents }) => source !== "" && documents > 0);
  if (stored.length > 1 && stored.every(({ listed }) => listed === "no")) return [note(ofAnotherCorpus(config))];
  return (["no", "disabled"] as const).flatMap((how) => {
    const lines = sources.filter(({ source, listed }) => source !== "" && listed === how);
    const names = lines.map(({ source }) => source);
    const [first] = lines;
    if (first === undefined) return [];
    const command = call.again(["remove", "--", ...names]);
    if (lines.length === 1) {
      const { source, documents } = first;
      return [note(`${stayingText(source, { documents, isListed: how === "disabled" })}; to remove`, command)];
    }
    const why = how === "disabled" ? "disabled" : "not listed any more";
    const stay = `their ${plural(sum(lines), "document")} stay in what search finds`;
    return [note(`${plural(lines.length, "source")} are ${why} (${shortList(names)}): ${stay}; to remove`, command)];
  });
}

/** What is said where none of several sources that are stored is listed. */
export function ofAnotherCorpus(config: string): string {
  return `${config} lists none of the sources that are stored: is it another corpus's? --config names the right one, --database-url its database`;
}

function sum(lines: readonly SourceStatusLine[]): number {
  return lines.reduce((total, { documents }) => total + documents, 0);
}

/** Sources whose last run failed, or left something for the next one: a line for each reason, and one command for all. */
function unfinished(sources: readonly SourceStatusLine[], call: Call): StatusNote[] {
  const lines = sources.filter((line) => line.source !== "" && (hasFailed(line) || line.incomplete > 0));
  const groups = [...Map.groupBy(lines, (line) => sentenceOf(reasonOf(line))).values()];
  const shown = groups.slice(0, REASONS_SHOWN_MAX);
  const reasons = shown.map(reasonOfAll);
  const more = groups.slice(REASONS_SHOWN_MAX).flat();
  if (more.length > 0) {
    const names = more.map(({ source }) => source);
    reasons.push(`${whichOf(names)}: for other reasons, which --json names`);
  }
  const names = lines.flatMap(({ source, listed }) => (listed === "enabled" || listed === "disabled" ? [source] : []));
  const notes = reasons.map(noteOf);
  const [first] = notes;
  if (names.length === 0 || first === undefined) return notes;
  const command = ingestAll(names, sources, call);
  const again = `to run ${names.length === 1 ? "it" : "them"} again`;
  if (notes.length === 1 && first.command === null) return [note(`${first.reason}; ${again}`, command)];
  return [...notes, note(again, command)];
}

function reasonOf(line: SourceStatusLine): string {
  return hasFailed(line) ? (line.lastRun?.reason ?? "") : incompleteText(line.incomplete);
}

/** What follows is advice, which names the source. */
function sentenceOf(reason: string): string {
  return reason.split(/[.] (?=[A-Z])/, 1).join();
}

function reasonOfAll(lines: readonly SourceStatusLine[]): string {
  const reasons = lines.map(reasonOf);
  const [first = ""] = reasons;
  const reason = reasons.every((other) => other === first) ? first : sentenceOf(first);
  return `${whichOf(lines.map(({ source }) => source))}: ${reason}`;
}

function writtenSince(sources: readonly SourceStatusLine[], atWork: readonly LockHolder[]): StatusNote[] {
  const isAtWork = (source: string) => atWork.some((run) => run.everything || run.sources.includes(source));
  const names = sources.filter((line) => line.writtenSince && !isAtWork(line.source)).map(({ source }) => source);
  if (names.length <= 1) return names.map((name) => note(`source "${name}" ${WRITTEN_SINCE}`));
  return [note(`${whichOf(names)}: each ${WRITTEN_SINCE}`)];
}

/** What ingests them: a run of all sources, where they are those. */
function ingestAll(names: readonly string[], sources: readonly SourceStatusLine[], call: Call): string {
  const [first = ""] = names;
  if (names.length === 1) return ingestOf(first, call);
  const enabled = sources.filter(({ listed }) => listed === "enabled");
  const isAll = enabled.length === names.length && enabled.every(({ source }) => names.includes(source));
  return call.again(isAll ? [] : names.map((name) => `--source=${name}`));
}

function whichOf(names: readonly string[]): string {
  return names.length === 1 ? `source "${names[0]}"` : `${plural(names.length, "source")} (${shortList(names)})`;
}

function shortList(names: readonly string[]): string {
  const more = names.length - NAMED_MAX;
  return more > 1 ? `${names.slice(0, NAMED_MAX).join(", ")} and ${more} more` : names.join(", ");
}

function hasFailed({ lastRun }: SourceStatusLine): boolean {
  return lastRun !== null && lastRun.status !== "OK" && lastRun.status !== "UNCHANGED";
}

/** Chunks of this database that the failure log names. */
async function waiting(store: Store, path: string, call: Call): Promise<StatusNote[]> {
  const { entries } = await new FailureLog(path).read();
  const id = await store.databaseId();
  const ours = entries.filter(({ database }) => database === undefined || database === id);
  if (ours.length === 0) return [];
  const wait = ours.length === 1 ? "waits" : "wait";
  return [note(`${plural(ours.length, "failed chunk")} ${wait} in ${path}; to retry`, call.again(["--retry-failed"]))];
}

/** Of a reason that says on a line of its own what to type. */
function noteOf(reason: string): StatusNote {
  const [text = "", command = null] = reason.split("\n");
  return note(command === null ? text : text.replace(/:$/, ""), command);
}

function note(reason: string, command: string | null = null): StatusNote {
  return { reason, command };
}
