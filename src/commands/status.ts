import { callOf } from "../config/call.ts";
import { SOURCES_FILE_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { problemsOf } from "../config/problems.ts";
import { isWithoutFile, type ListedSource, listSources, loadSources } from "../config/sources.ts";
import { type CorpusStatus, corpusStatusText, type SourceStatusLine } from "../report/corpus-status.ts";
import { jsonLine } from "../report/json.ts";
import type { LastRun, SourceContents } from "../store/store.ts";
import { headOf } from "./corpus-head.ts";
import { readCorpus } from "./corpus.ts";
import { lastKnownRun, mergedRun } from "./last-run.ts";
import { notesOf } from "./status-notes.ts";
import type { World } from "./world.ts";

/** Shows what the corpus has of each source, when that last ran and how it ended, and what is to be done about it. */
export async function status(flags: Flags, world: World): Promise<number> {
  const { config = SOURCES_FILE_DEFAULT } = flags;
  const { listed, problems } = readSources(flags, world);
  const call = callOf(world.program, flags);
  await readCorpus(flags, world, async (store, { embedder, failureLogPath }) => {
    const head = await headOf(store, embedder);
    const stored = await store.contents.sources();
    const { brokenIndexes, ...size } = await store.contents.size();
    const runs = await store.lastRuns();
    const sources = linesOf(stored, listed, runs);
    const atWork = await store.holders(sources.map(({ source }) => source));
    const sumOf = (figure: "chunks" | "documents" | "incomplete") =>
      stored.reduce((sum, source) => sum + source[figure], 0);
    const found: CorpusStatus = {
      ...head,
      ...{ chunks: sumOf("chunks"), documents: sumOf("documents"), incomplete: sumOf("incomplete"), ...size },
      ...{ brokenIndexes, sourcesFile: listed.length + problems.length === 0 ? null : config },
      ...{ runsKnown: runs !== undefined, lastRun: lastKnownRun(runs ?? []), sources, atWork },
      notes: await notesOf({
        ...{ store, head, stored, sources, atWork, brokenIndexes, failureLogPath, call },
        file: { config, problems },
      }),
    };
    const { columns } = world.stdout;
    const now = world.clock.date();
    world.stdout.write(flags.json ? jsonLine({ type: "status", ...found }) : corpusStatusText(found, { columns, now }));
  });
  return 0;
}

/** The entries of the sources file, and what keeps a run from using it; neither when there is none. */
function readSources(flags: Flags, { env, cwd }: World) {
  let listed: readonly ListedSource[] = [];
  try {
    listed = listSources(flags, cwd);
    loadSources({ flags, env, cwd });
  } catch (error) {
    if (!isWithoutFile(error, flags.config ?? SOURCES_FILE_DEFAULT)) return { listed, problems: problemsOf(error) };
    if (flags.config !== undefined) throw error;
  }
  return { listed, problems: [] };
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
  // A name may be there twice, which is a problem of the file.
  return [...new Set([...wanted, ...others])].map((source) => {
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
