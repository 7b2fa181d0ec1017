import { join, resolve } from "node:path";
import type { DatabaseChoice } from "../store/database.ts";
import { chooseDatabase } from "../config/database-choice.ts";
import type { Flags } from "../config/flags.ts";
import { resolveWorkers, type Settings } from "../config/settings.ts";
import { type FailureEntry, FailureLog } from "../ingest/failure-log.ts";
import type { PlannedSource } from "../ingest/ingestor-options.ts";
import { ResumeFile } from "../ingest/resume-file.ts";
import { loadParser } from "../parsers/registry.ts";
import { plural } from "../text/words.ts";
import type { Reporter } from "../ingest/events.ts";
import { printable } from "../text/printable.ts";
import { readConfig } from "./read-config.ts";
import type { World } from "./world.ts";

const RESUME_FILE = ".ingestion-state.json";
/** A file that is no failure log at all would bury everything else. */
const DAMAGED_LINES_SHOWN_MAX = 5;

/** What a run is to do, with every loose end of flags, settings and files tied. */
export type RunPlan = {
  readonly settings: Settings;
  readonly database: DatabaseChoice;
  readonly sources: readonly PlannedSource[];
  /** Sources that `--resume` leaves out. */
  readonly completed: readonly string[];
  /** Together with the completed ones these are all the enabled sources. */
  readonly allSources: boolean;
  readonly enabledSources: readonly string[];
  readonly workers: number;
  readonly sequential: boolean;
  readonly failureLog: FailureLog;
  /** What earlier runs left in the failure log. */
  readonly logged: readonly FailureEntry[];
  /** `--retry-failed`: the entries to try again, of the chosen sources. */
  readonly retry: readonly FailureEntry[] | undefined;
  /** The failure log has lines that are no entries. */
  readonly logDamaged: boolean;
  readonly resumeFile: ResumeFile;
  /** `--clean` without `--source`. */
  readonly rebuild: boolean;
  /** `--clean` with `--source`. */
  readonly embedAgain: boolean;
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

  const failureLog = new FailureLog(resolve(world.cwd, settings.ingestFailureLog));
  const resumeFile = new ResumeFile(join(world.cwd, RESUME_FILE));
  const { entries: logged, damagedLines } = await failureLog.read();
  // Now, while nothing was changed; not for runs that have nothing to write there.
  if (!flags.dryRun && !(flags.retryFailed && logged.length === 0)) await failureLog.requireWritable();
  if (!flags.dryRun && !flags.retryFailed) await resumeFile.requireWritable();
  for (const line of damagedLines.slice(0, DAMAGED_LINES_SHOWN_MAX)) {
    const more = damagedLines.length - DAMAGED_LINES_SHOWN_MAX;
    const others =
      line === damagedLines[DAMAGED_LINES_SHOWN_MAX - 1] && more > 0 ? ` (and ${plural(more, "more line")})` : "";
    const reason = `not an entry of a failure log; the line stays until a run of all sources has succeeded${others}`;
    reporter.report({ type: "warning", source: "", path: `${failureLog.path}:${line}`, reason });
  }
  const chosen = new Set(listed.entries.map(({ name }) => name));
  const retry = flags.retryFailed ? logged.filter(({ source }) => chosen.has(source)) : undefined;

  const completed = flags.resume ? (await resumeFile.load()).filter((name) => chosen.has(name)) : [];
  const entries = listed.entries
    .filter(({ name }) => !completed.includes(name))
    .filter(({ name }) => retry === undefined || retry.some(({ source }) => source === name));
  const sources = await Promise.all(
    entries.map(async (entry) => ({ entry, parser: await loadParser(entry, settings.parserValues) })),
  );

  const enabled = listed.all.filter((source) => source.enabled);
  return {
    settings,
    database: chooseDatabase(settings, origins, world.cwd),
    sources,
    completed,
    allSources: enabled.every(({ name }) => chosen.has(name)),
    enabledSources: enabled.map(({ name }) => name),
    workers,
    sequential: flags.sequential ?? false,
    failureLog,
    logged,
    retry,
    logDamaged: damagedLines.length > 0,
    resumeFile,
    rebuild: Boolean(flags.clean) && flags.source === undefined,
    embedAgain: Boolean(flags.clean) && flags.source !== undefined,
  };
}
