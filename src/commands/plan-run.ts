import { join, resolve } from "node:path";
import { chooseDatabase } from "../config/database-choice.ts";
import type { Flags } from "../config/flags.ts";
import { resolveWorkers, type Settings } from "../config/settings.ts";
import type { Reporter } from "../ingest/events.ts";
import type { FailureEntry } from "../ingest/failure-lines.ts";
import { FailureLog } from "../ingest/failure-log.ts";
import type { IngestorOptions, RunMode } from "../ingest/ingestor-options.ts";
import { ResumeFile } from "../ingest/resume-file.ts";
import type { PlannedSource } from "../ingest/source-run.ts";
import { loadParser } from "../parsers/registry.ts";
import type { DatabaseChoice } from "../store/driver/database.ts";
import { printable } from "../text/printable.ts";
import { plural } from "../text/words.ts";
import { parseSettings } from "./parse-settings.ts";
import { readConfig } from "./read-config.ts";
import type { World } from "./world.ts";

const RESUME_FILE = ".ingestion-state.json";
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
  /** In retry mode only those that the failure log names. */
  readonly sources: readonly PlannedSource[];
  /** Sources that `--resume` leaves out. */
  readonly completed: readonly string[];
  readonly failureLog: FailureLog;
  /** What earlier runs left in the failure log. */
  readonly logged: readonly FailureEntry[];
  /** The failure log has lines that are no entries. */
  readonly logDamaged: boolean;
  readonly resumeFile: ResumeFile;
};

/** Reads settings, sources and the files of earlier runs. Throws one error that names all that is wrong; writes nothing. */
export async function planRun(flags: Flags, world: World, reporter: Reporter): Promise<RunPlan> {
  const { settings, origins, listed, warnings } = readConfig(flags, world);
  if (flags.verbose) {
    for (const [key, { shown, name }] of origins)
      world.stderr.write(`${key} = ${printable(shown)} (${printable(name)})\n`);
  }
  const { workers, warning } = resolveWorkers(settings, flags);
  for (const reason of [...warnings, ...(warning === undefined ? [] : [warning])]) {
    reporter.report({ type: "warning", source: "", path: "", reason });
  }

  const mode: RunMode = { kind: modeOf(flags) };
  const dryRun = flags.dryRun ?? false;
  const failureLog = new FailureLog(resolve(world.cwd, settings.ingest_failure_log));
  const resumeFile = new ResumeFile(join(world.cwd, RESUME_FILE));
  const { entries: logged, damagedLines } = await failureLog.read();
  // Now, while nothing was changed; not for runs that have nothing to write there.
  if (!dryRun && !(mode.kind === "retry" && logged.length === 0)) await failureLog.requireWritable();
  if (!dryRun && mode.kind !== "retry") await resumeFile.requireWritable();
  warnOfDamage(failureLog.path, damagedLines, reporter);

  const chosen = new Set(listed.entries.map(({ name }) => name));
  const completed = flags.resume ? (await resumeFile.load()).filter((name) => chosen.has(name)) : [];
  const isWanted = (name: string) => mode.kind !== "retry" || logged.some(({ source }) => source === name);
  const enabled = listed.all.filter((source) => source.enabled).map(({ name }) => name);
  return {
    ...{ mode, dryRun, completed, failureLog, logged, resumeFile },
    ...{ reading: readingOf(settings, world, dryRun), embedding: { ...embeddingOf(settings), workers } },
    ...{ embedder: settings.embedder, shadowMsMax: settings.shadowMsMax },
    database: chooseDatabase(settings, origins, world.cwd),
    sources: await Promise.all(
      listed.entries
        .filter(({ name }) => !completed.includes(name) && isWanted(name))
        .map(async (entry) => ({ entry, parser: await loadParser(entry, settings.parserValues) })),
    ),
    scope: { enabled, whole: enabled.every((name) => chosen.has(name)), maxDelete: flags.maxDelete },
    sequential: flags.sequential ?? false,
    logDamaged: damagedLines.length > 0,
  };
}

function readingOf({ chunk_size, chunk_overlap, ...settings }: Settings, world: World, dryRun: boolean) {
  const parse = parseSettings(settings, world, { mayWrite: !dryRun });
  return { chunkSize: chunk_size, chunkOverlap: chunk_overlap, parse };
}

function embeddingOf({ embedding_batch_size, ingest_batch_retries, outageWaitMs }: Settings) {
  return { batchSize: embedding_batch_size, batchRetries: ingest_batch_retries, outageWaitMs };
}

function modeOf({ retryFailed, clean, source }: Flags): RunMode["kind"] {
  if (retryFailed) return "retry";
  if (!clean) return "update";
  return source === undefined ? "rebuild" : "embed-again";
}

function warnOfDamage(path: string, lines: readonly number[], reporter: Reporter): void {
  const more = lines.length - DAMAGED_LINES_SHOWN_MAX;
  for (const [index, line] of lines.slice(0, DAMAGED_LINES_SHOWN_MAX).entries()) {
    const isLast = index === DAMAGED_LINES_SHOWN_MAX - 1;
    const others = isLast && more > 0 ? ` (and ${plural(more, "more line")})` : "";
    const reason = `not an entry of a failure log; the line stays until a run of all sources has succeeded${others}`;
    reporter.report({ type: "warning", source: "", path: `${path}:${line}`, reason });
  }
}
