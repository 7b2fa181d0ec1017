import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { chooseDatabase } from "../config/database-choice.ts";
import { SOURCES_FILE_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { resolveWorkers, type Settings } from "../config/settings.ts";
import { aboutKey } from "../config/source-schema.ts";
import { embedders } from "../embed/registry.ts";
import { fatalError, type IngestError, usageError } from "../flow/errors.ts";
import { requireDirectory } from "../flow/replace-file.ts";
import { systemReason } from "../flow/system-reason.ts";
import type { Reporter } from "../ingest/events.ts";
import type { FailureEntry } from "../ingest/failure-lines.ts";
import { FailureLog } from "../ingest/failure-log.ts";
import type { IngestorOptions, RunMode } from "../ingest/ingestor-options.ts";
import { KnownWarnings } from "../ingest/known-warnings.ts";
import type { ResumeFile, ResumeState } from "../ingest/resume-file.ts";
import { resumeFileOf } from "../ingest/resume-files.ts";
import type { PlannedSource } from "../ingest/source-run.ts";
import type { SourceEntry } from "../parsers/parser.ts";
import { type Part, readPart } from "../parsers/part.ts";
import { loadParser, parsers } from "../parsers/registry.ts";
import type { DatabaseChoice } from "../store/driver/database.ts";
import { VERSION } from "../text/program.ts";
import { plural } from "../text/words.ts";
import { parseSettings } from "./parse-settings.ts";
import { readConfig } from "./read-config.ts";
import type { World } from "./world.ts";

/** A file that is no failure log at all would bury everything else. */
const DAMAGED_LINES_SHOWN_MAX = 5;

/** What a run is to do, with every loose end of flags, settings and files tied; what the engine asks for is in its groups. */
export type RunPlan = Pick<IngestorOptions, "mode" | "scope" | "sequential" | "reading" | "embedding"> & {
  readonly database: DatabaseChoice;
  readonly embedder: Settings["embedder"];
  /** How old an interrupted rebuild may be that this one goes on with. */
  readonly shadowMsMax: number;
  /** Nothing is to be changed. */
  readonly dryRun: boolean;
  /** In retry mode only those that the failure log names, of whatever database. */
  readonly sources: readonly PlannedSource[];
  /** Sources that cannot be split, and so are those of another run: that of the first part. */
  readonly ofFirstPart: readonly string[];
  /** Absolute. */
  readonly sourcesFile: string;
  /** What each of the sources is, as a hash: its entry, and the settings that shape what is stored of it. */
  readonly definitions: Readonly<Record<string, string>>;
  /** With `--resume`: what an earlier run completed, of whatever database. */
  readonly resumed: ResumeState | undefined;
  readonly failureLog: FailureLog;
  /** What earlier runs left in the failure log, of whatever database. */
  readonly logged: readonly FailureEntry[];
  /** The failure log has lines that are no entries. */
  readonly logDamaged: boolean;
  readonly resumeFile: ResumeFile;
  /** What earlier runs warned of. */
  readonly knownWarnings: KnownWarnings;
};

/** Reads settings, sources and the files of earlier runs. Throws one error that names all that is wrong; writes nothing. */
export async function planRun(flags: Flags, world: World, reporter: Reporter): Promise<RunPlan> {
  const { settings, origins, listed, warnings } = readConfig(flags, world);
  const { workers, warning } = resolveWorkers(settings, flags);
  const database = chooseDatabase(settings, origins, world);
  const part = flags.shard === undefined ? undefined : readPart(flags.shard);
  if (part !== undefined && database.kind === "embedded") throw notShared(database);
  for (const reason of [...warnings, ...(warning === undefined ? [] : [warning]), ...(database.warnings ?? [])]) {
    reporter.report({ type: "warning", source: "", path: "", reason });
  }

  const mode: RunMode = { kind: modeOf(flags) };
  const dryRun = flags.dryRun ?? false;
  const failureLog = new FailureLog(settings.failureLogPath);
  const resumeFile = resumeFileOf(settings.stateDirectory, part);
  // Now, while nothing was changed; not for runs that have nothing to write there.
  if (!dryRun && mode.kind !== "retry") await requireWritable(settings.stateDirectory, failureLog, resumeFile);
  const { entries: logged, damagedLines, foreignLines } = await failureLog.read();
  if (!dryRun && mode.kind === "retry" && logged.length > 0) await failureLog.requireWritable();
  const half = "half of an entry of a failure log; the line stays until a run of all sources has succeeded";
  warnOfLines(failureLog.path, damagedLines, half, reporter);
  warnOfLines(failureLog.path, foreignLines, "not an entry of a failure log; the line stays as it is", reporter);

  const chosen = new Set(listed.entries.map(({ name }) => name));
  const isWanted = (name: string) => mode.kind !== "retry" || logged.some(({ source }) => source === name);
  const names = listed.all.map(({ name }) => name);
  const enabled = listed.all.filter((source) => source.enabled).map(({ name }) => name);
  const planned = await Promise.all(
    listed.entries
      .filter(({ name }) => isWanted(name))
      .map(async (entry) => ({ entry, parser: await loadParser(entry, settings.parserValues) })),
  );
  const sourcesFile = resolve(world.cwd, flags.config ?? SOURCES_FILE_DEFAULT);
  return {
    ...{ mode, dryRun, failureLog, logged, resumeFile, sourcesFile },
    knownWarnings: new KnownWarnings(settings.stateDirectory, sourcesFile),
    resumed: flags.resume ? await resumeFile.load() : undefined,
    definitions: Object.fromEntries(listed.entries.map((entry) => [entry.name, definitionOf(entry, settings)])),
    ...{ reading: readingOf(settings, world, dryRun), embedding: { ...embeddingOf(settings), workers } },
    ...{ embedder: settings.embedder, shadowMsMax: settings.shadowMsMax },
    database,
    ...splitSources(planned, part),
    scope: {
      ...{ listed: names, enabled, whole: enabled.every((name) => chosen.has(name)) },
      ...{ part, maxDelete: flags.maxDelete },
    },
    sequential: flags.sequential ?? false,
    logDamaged: damagedLines.length > 0,
  };
}

/** Throws when a run could not keep its files. What would be made in a directory that is yet to be made is in nobody's way. */
async function requireWritable(directory: string, failureLog: FailureLog, resumeFile: ResumeFile): Promise<void> {
  await requireDirectory(directory).catch((error: unknown) => {
    const message = `the state directory ${directory} cannot be written: ${systemReason(error)}`;
    const hint = "name another directory for the files that a run keeps, with --state-dir DIR or BBJ_RAG_STATE_DIR";
    throw fatalError("state_dir", message, hint, error);
  });
  const isThere = existsSync(directory);
  for (const file of [failureLog, resumeFile]) {
    if (isThere || dirname(file.path) !== directory) await file.requireWritable();
  }
  if ((await failureLog.target()) === (await resumeFile.target())) {
    const hint = "name another file with BBJ_RAG_INGEST_FAILURE_LOG";
    throw fatalError("failure_log", `the failure log ${failureLog.path} is the resume file`, hint);
  }
}

/** The sources that a run reads, each whole or its part, and those that it leaves to the first part: a crawl cannot be split, and many of one site at once would not be polite. */
function splitSources(planned: readonly PlannedSource[], part: Part | undefined) {
  const isLeft = ({ parser }: PlannedSource) => parser.crawls === true && part !== undefined && part.index !== 1;
  return {
    sources: planned
      .filter((source) => !isLeft(source))
      .map((source) => (source.parser.crawls === true ? source : { ...source, part })),
    ofFirstPart: planned.filter(isLeft).map(({ entry }) => entry.name),
  };
}

/** A source's entry, and the settings that shape what is stored of it, as a hash; without passwords. */
function definitionOf(
  { enabled: _, keys, ...entry }: SourceEntry,
  { parserValues, chunk_size, chunk_overlap, file_size_max }: Settings,
): string {
  const parser = parsers.find(({ name }) => name === entry.parser);
  const isOpen = ([key]: [string, unknown]) => !aboutKey(parser?.sourceKeys[key]).secret;
  const shaping = {
    ...{ version: VERSION, entry, chunk_size, chunk_overlap, file_size_max },
    keys: Object.entries(keys).filter(isOpen),
    settings: Object.keys(parser?.settings ?? {}).map((key) => [key, parserValues[key]]),
  };
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(shaping)).digest("hex");
}

function notShared({ label }: DatabaseChoice): IngestError {
  return usageError(
    `--shard splits a run into several on one PostgreSQL server; the database of this one is ${label}, which admits one process`,
    (call) => `name a server with --database-url, or run it whole: ${call.again([], { without: ["--shard"] })}`,
  );
}

function readingOf({ chunk_size, chunk_overlap, ...settings }: Settings, world: World, dryRun: boolean) {
  const parse = parseSettings(settings, world, { mayWrite: !dryRun });
  return { chunkSize: chunk_size, chunkOverlap: chunk_overlap, parse, startWorker: world.startParseWorker };
}

function embeddingOf({ embedding_provider, embedding_batch_size, ingest_batch_retries, outageWaitMs }: Settings) {
  const { batchTextsMax = embedding_batch_size } = embedders.find(({ name }) => name === embedding_provider) ?? {};
  return { batchSize: Math.min(embedding_batch_size, batchTextsMax), batchRetries: ingest_batch_retries, outageWaitMs };
}

function modeOf({ retryFailed, clean, source }: Flags): RunMode["kind"] {
  if (retryFailed) return "retry";
  if (!clean) return "update";
  return source === undefined ? "rebuild" : "embed-again";
}

function warnOfLines(path: string, lines: readonly number[], what: string, reporter: Reporter): void {
  const more = lines.length - DAMAGED_LINES_SHOWN_MAX;
  for (const [index, line] of lines.slice(0, DAMAGED_LINES_SHOWN_MAX).entries()) {
    const isLast = index === DAMAGED_LINES_SHOWN_MAX - 1;
    const others = isLast && more > 0 ? ` (and ${plural(more, "more line")})` : "";
    const reason = `${what}${others}`;
    reporter.report({ type: "warning", source: "", path: `${path}:${line}`, reason });
  }
}
