import { dirname } from "node:path";
import type { CorpusEmbedder } from "../embed/embedder.ts";
import type { Call } from "../flow/errors.ts";
import type { Reporter } from "../ingest/events.ts";
import type { FailureEntry } from "../ingest/failure-lines.ts";
import type { MadeWith, ResumeRecord, ResumeState } from "../ingest/resume-file.ts";
import { withoutSplitOtherwise } from "../ingest/resume-files.ts";
import type { PlannedSource } from "../ingest/source-run.ts";
import { isOfPart } from "../parsers/part.ts";
import type { Store } from "../store/store.ts";
import { count, plural } from "../text/words.ts";
import type { RunPlan } from "./plan-run.ts";

/** What the files of earlier runs mean for this one. */
type EarlierRuns = {
  readonly sources: readonly PlannedSource[];
  /** Sources that `--resume` leaves out. */
  readonly completed: readonly string[];
  /** What the failure log holds of this database. */
  readonly logged: readonly FailureEntry[];
  /** Some of that is of sources that are not listed any more, or disabled: this run does not retry it. */
  readonly hasOthers: boolean;
  readonly resumeRecord: ResumeRecord;
};

type EarlierRunsOptions = {
  readonly store: Store;
  readonly embedder: CorpusEmbedder;
  readonly reporter: Reporter;
  readonly call: Call;
};

/**
 * Takes from the files of earlier runs what was made with this database, model, sources file and definition of a source;
 * what was not is named, and left alone or done again.
 */
export async function readEarlierRuns(
  plan: RunPlan,
  { store, embedder, reporter, call }: EarlierRunsOptions,
): Promise<EarlierRuns> {
  const { resumeFile, failureLog, mode, definitions } = plan;
  const warn = (path: string, reason: string, source = "") =>
    reporter.report({ type: "warning", source, path, reason });
  const madeWith = async (): Promise<MadeWith> => ({
    database: (await store.databaseId()) ?? "",
    database_name: store.description,
    model: modelText(embedder),
    sources_file: plan.sourcesFile,
  });
  const now = await madeWith();

  const others = plan.logged.filter(({ database }) => database !== undefined && database !== now.database);
  const parts = new Map(plan.sources.map(({ entry, part }) => [entry.name, part]));
  // Of another part, which another run retries; where an entry does not say, each run looks for its document.
  const isElsewhere = ({ source, input }: FailureEntry) =>
    plan.ofFirstPart.includes(source) || (input !== undefined && !isOfPart(input, parts.get(source)));
  const logged = plan.logged.filter((entry) => !others.includes(entry) && !isElsewhere(entry));
  if (others.length > 0) warn(failureLog.path, othersText(others));
  const { listed, whole } = plan.scope;
  const isLeft = (source: string) =>
    !listed.includes(source) || (whole && plan.sources.every(({ entry: { name } }) => name !== source));
  const left = logged.filter(({ source }) => isLeft(source));
  for (const [source, { length }] of Map.groupBy(left, (entry) => entry.source)) {
    warn(failureLog.path, listed.includes(source) ? disabledText(source, length, call) : unlistedText(source, length));
  }

  const resumed = heldBy(now, plan.resumed, (reason) => warn(resumeFile.path, reason));
  const stored = await store.documentCounts();
  const isSame = (name: string) => {
    if (definitions[name] === undefined) return true;
    const isStored = stored.has(name);
    if (isStored && resumed.definitions[name] === definitions[name]) return true;
    const how = isStored ? "with other settings, or by another entry" : "and the database has nothing of it";
    warn(resumeFile.path, `completed ${how}; it is read again`, name);
    return false;
  };
  const held = resumed.completed_sources.filter(isSame);
  const isWanted = ({ entry: { name } }: PlannedSource) =>
    !held.includes(name) && (mode.kind !== "retry" || logged.some(({ source }) => source === name));
  return {
    sources: plan.sources.filter(isWanted),
    completed: held.filter((name) => plan.sources.some(({ entry }) => entry.name === name)),
    logged,
    hasOthers: left.length > 0,
    resumeRecord: withoutSplitOtherwise(
      resumeFile.record({
        ...{ madeWith, completed: held, sources: plan.sources.map(({ entry: { name } }) => name) },
        definitions: { ...resumed.definitions, ...definitions },
      }),
      { directory: dirname(resumeFile.path), part: plan.scope.part, madeWith },
    ),
  };
}

const NOTHING = { completed_sources: [], definitions: {} };

/** What of a resume file holds for this run: all of it, or nothing and why. */
function heldBy(
  now: MadeWith,
  state: ResumeState | undefined,
  say: (reason: string) => void,
): Pick<ResumeState, "completed_sources" | "definitions"> {
  if (state === undefined) return NOTHING;
  const why = difference(state, now);
  if (why === undefined) return state;
  say(`${why}; --resume leaves out nothing of what it names`);
  return NOTHING;
}

function difference(state: ResumeState, now: MadeWith): string | undefined {
  const { database, database_name: name = "", model = "", sources_file: file = "" } = state;
  if (database === undefined || database === "") return "it does not say with which database it was made";
  // The name alone may be the same: the database was dropped since, or restored.
  if (database !== now.database) return `it was made with another database (${name})`;
  if (model !== now.model) return `it was made with another model (${model})`;
  return file === now.sources_file ? undefined : `it was made with another sources file (${file})`;
}

function othersText(entries: readonly FailureEntry[]): string {
  const names = [...new Set(entries.map(({ database_name: name = "" }) => name))];
  const are = entries.length === 1 ? "entry is" : "entries are";
  const which = `${count(entries.length)} ${are} of another database (${names.join(", ")}), or of one that was there before`;
  return `${which}; left as it is: retry there, or remove the lines when it is gone`;
}

function unlistedText(source: string, chunks: number): string {
  const stay = `${chunks === 1 ? "it stays" : "they stay"} until a run of all sources has succeeded`;
  return `${plural(chunks, "failed chunk")} of "${source}", a source that is not listed any more; ${stay}`;
}

function disabledText(source: string, chunks: number, call: Call): string {
  const retry = call.again(["--retry-failed", `--source=${source}`]);
  return `${plural(chunks, "failed chunk")} of "${source}", a source that is disabled; to retry all the same: ${retry}`;
}

function modelText({ provider, model, dimensions, documentPrefix }: CorpusEmbedder): string {
  const prefix = documentPrefix === "" ? "" : `, document prefix ${JSON.stringify(documentPrefix)}`;
  return `${provider} ${model}, ${dimensions} dimensions${prefix}`;
}
