import { callOf } from "../config/call.ts";
import { SOURCES_FILE_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { type ListedSource, listSources } from "../config/sources.ts";
import type { Call } from "../flow/errors.ts";
import { stayingText } from "../ingest/complete-run.ts";
import { FailureLog } from "../ingest/failure-log.ts";
import {
  type CorpusStatus,
  corpusStatusText,
  type SourceStatusLine,
  type StatusNote,
} from "../report/corpus-status.ts";
import { jsonLine } from "../report/json.ts";
import type { LastRun, LockHolder, SourceContents, Store, VectorIndexes } from "../store/store.ts";
import { plural } from "../text/words.ts";
import { headOf, incompleteText, ingestOf } from "./corpus-head.ts";
import { readCorpus } from "./corpus.ts";
import { lastKnownRun, mergedRun } from "./last-run.ts";
import type { World } from "./world.ts";

const WRITTEN_SINCE =
  "was written to after its last run that is known: by one that was killed, or is of another version";

/** Shows what the corpus has of each source, when that last ran and how it ended, and what is to be done about it. */
export async function status(flags: Flags, world: World): Promise<number> {
  const listed = listSources(flags, world.cwd);
  const call = callOf(world.program, flags);
  await readCorpus(flags, world, async (store, { embedder, failureLogPath }) => {
    const head = await headOf(store, embedder);
    const stored = await store.contents.sources();
    const { brokenIndexes, ...size } = await store.contents.size();
    const runs = await store.lastRuns();
    const unindexed = await store.whyUnindexed();
    const sources = linesOf(stored, listed, runs);
    const atWork = await store.holders(sources.map(({ source }) => source));
    const sumOf = (figure: "chunks" | "documents" | "incomplete") =>
      stored.reduce((sum, source) => sum + source[figure], 0);
    const found: CorpusStatus = {
      ...head,
      ...{ chunks: sumOf("chunks"), documents: sumOf("documents"), incomplete: sumOf("incomplete"), ...size },
      ...{ brokenIndexes, sourcesFile: listed.length === 0 ? null : (flags.config ?? SOURCES_FILE_DEFAULT) },
      ...{ runsKnown: runs !== undefined, lastRun: lastKnownRun(runs ?? []), sources, atWork },
      notes: [
        ...(unindexed === undefined ? lackingIndex(head.vectorIndexes, stored, call) : [note(unindexed)]),
        ...brokenIndexes.map((name) => note(`index ${name} is not valid, and no search asks it`)),
        ...atWork.map(({ pid, host, sources: on }) => {
          const what = on.length === 0 ? "" : ` on ${on.join(", ")}`;
          return note(`a run is at work${what}: process ${pid ?? "unknown"} on ${host}`);
        }),
        ...missing(sources, call),
        ...differences(sources, { call, atWork }),
        ...(await waiting(store, failureLogPath, call)),
      ],
    };
    const { columns } = world.stdout;
    const now = world.clock.date();
    world.stdout.write(flags.json ? jsonLine({ type: "status", ...found }) : corpusStatusText(found, { columns, now }));
  });
  return 0;
}

/** Those that are listed first, in the order of the file, then what else the corpus has. */
function linesOf(
  stored: readonly SourceContents[],
  listed: readonly ListedSource[],
  runs: readonly LastRun[] | undefined,
): SourceStatusLine[] {
  const isThere = (name: string) => stored.some(({ source }) => source === name);
  const wanted = listed.filter(({ name, enabled }) => enabled || isThere(name)).map(({ name }) => name);
  const others = stored.map(({ source }) => source).filter((name) => !wanted.includes(name));
  return [...wanted, ...others].map((source) => {
    const {
      documents = 0,
      incomplete = 0,
      chunks = 0,
      bytes = 0,
      changedAt = null,
    } = stored.find((one) => one.source === source) ?? {};
    const lastRun = mergedRun((runs ?? []).filter((run) => run.source === source));
    const entry = listed.find(({ name }) => name === source);
    const isListed = entry === undefined ? "no" : entry.enabled ? "enabled" : "disabled";
    return {
      ...{ source, listed: listed.length === 0 ? null : isListed, documents, incomplete, chunks, bytes, lastRun },
      writtenSince: changedAt !== null && lastRun !== null && changedAt > lastRun.endedAt,
    };
  });
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

/** Sources that are listed and have nothing, but for those whose last run says why. */
function missing(sources: readonly SourceStatusLine[], call: Call): StatusNote[] {
  const names = sources
    .filter((line) => line.listed === "enabled" && line.documents === 0 && !hasFailed(line))
    .map(({ source }) => source);
  if (names.length === 0) return [];
  const [first = ""] = names;
  const command = names.length === 1 ? ingestOf(first, call) : call.again(names.map((name) => `--source=${name}`));
  const which = names.length === 1 ? `source "${first}" has` : `${plural(names.length, "source")} have`;
  const list = names.length === 1 ? "" : `: ${names.join(", ")}`;
  return [note(`${which} no documents yet${list}; to ingest`, command)];
}

/** What else differs from the sources file, and from what a run leaves that comes to its end. */
function differences(
  sources: readonly SourceStatusLine[],
  { call, atWork }: { readonly call: Call; readonly atWork: readonly LockHolder[] },
): StatusNote[] {
  const isAtWork = (source: string) => atWork.some((run) => run.everything || run.sources.includes(source));
  return sources.flatMap((line) => {
    const { source, listed, documents, chunks, incomplete, lastRun, writtenSince } = line;
    if (source === "") {
      const what = `${plural(chunks, "chunk")} of no source, adopted from another tool: a run of all sources replaces them`;
      return [note(what, call.again([]))];
    }
    const isStaying = listed === "no" || listed === "disabled";
    const staying = stayingText(source, { documents, isListed: listed === "disabled" });
    const failed = hasFailed(line);
    const ingest = listed === "enabled" || listed === "disabled" ? ingestOf(source, call) : null;
    return [
      ...(isStaying ? [note(`${staying}; to remove`, call.again(["remove", "--", source]))] : []),
      ...(failed
        ? [note(`source "${source}": ${lastRun?.reason}${ingest === null ? "" : "; to run it again"}`, ingest)]
        : []),
      ...(incomplete > 0 && !failed ? [note(`source "${source}": ${incompleteText(incomplete)}`, ingest)] : []),
      ...(writtenSince && !isAtWork(source) ? [note(`source "${source}" ${WRITTEN_SINCE}`)] : []),
    ];
  });
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

function note(reason: string, command: string | null = null): StatusNote {
  return { reason, command };
}
