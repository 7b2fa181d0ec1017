import { existsSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LoadedSettings } from "../../config/settings.ts";
import { requireDirectory } from "../../flow/replace-file.ts";
import { systemReason } from "../../flow/system-reason.ts";
import type { SourceEntry } from "../../parsers/parser.ts";
import type { DatabaseChoice } from "../../store/driver/database.ts";
import { shellWord } from "../../text/shell-word.ts";
import { count } from "../../text/words.ts";
import type { Finding, Look, Remedy } from "./finding.ts";

const AREA = "directories";
const MEGABYTE = 1_048_576;
/** Less is a warning, where files are kept. */
const FREE_MB_MIN = 100;
/** What a new embedded database takes, and what each chunk adds: see `driver/embedded-directory.ts`. */
const DATABASE_MB_MIN = 200;

type Places = {
  readonly loaded: LoadedSettings;
  readonly database: DatabaseChoice | undefined;
  readonly entries: readonly SourceEntry[];
};

/** Directories that a run reads from and writes to: whether they are there and can be written, and the space in them. */
export async function checkDirectories(look: Look, { loaded, database, entries }: Places): Promise<Finding[]> {
  const { stateDirectory, failureLogPath } = loaded.settings;
  const findings = [await written("state directory", stateDirectory, FREE_MB_MIN, look)];
  const logDirectory = dirname(failureLogPath);
  if (logDirectory !== stateDirectory)
    findings.push(await written("failure log's", logDirectory, FREE_MB_MIN, look, { mustBe: true }));
  if (database?.kind === "embedded")
    findings.push(await written("embedded database", database.directory, DATABASE_MB_MIN, look));
  const read = new Set(entries.filter(({ paths }) => paths.length > 0).map(({ dataDir }) => dataDir));
  for (const path of read) findings.push(await readFrom(path));
  return findings;
}

async function readFrom(path: string): Promise<Finding> {
  const about = { area: AREA, what: "data directory" } as const;
  const isThere = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isThere) return { ...about, state: "ok", detail: path };
  return { ...about, state: "problem", detail: `${path} does not exist`, remedy: `mkdir -p ${shellWord(path)}` };
}

async function written(
  what: string,
  path: string,
  megabytesMin: number,
  look: Look,
  { mustBe = false } = {},
): Promise<Finding> {
  const about = { area: AREA, what } as const;
  if (mustBe && !existsSync(path))
    return { ...about, state: "problem", detail: `${path} does not exist`, remedy: `mkdir -p ${shellWord(path)}` };
  try {
    await requireDirectory(path);
  } catch (error) {
    const detail = `${path} cannot be written: ${systemReason(error)}`;
    return { ...about, state: "problem", detail, ...elsewhere(path, look) };
  }
  const megabytes = await freeMegabytes(path);
  const free = `${megabytes < 10_000 ? `${count(megabytes)} MB` : `${count(Math.round(megabytes / 1_024))} GB`} free`;
  const detail = existsSync(path) ? `${path}, ${free}` : `${path}, made by the first run, ${free}`;
  if (megabytes >= megabytesMin) return { ...about, state: "ok", detail };
  const hint = `free some, at least ${count(megabytesMin)} MB, or keep the files on another disk with --state-dir DIR`;
  return { ...about, state: "warning", detail, hint };
}

/** What can be written is somewhere else, or made so. */
function elsewhere(path: string, { world, call }: Look): Remedy {
  const home = world.env.HOME;
  const hint = `make it one that you can write to (chmod u+w ${shellWord(path)}), or keep the files elsewhere:`;
  if (home === undefined || home === "") return { hint };
  return { hint, remedy: call.again(["doctor", `--state-dir=${join(home, ".bbj-ingest-all")}`]) };
}

async function freeMegabytes(path: string): Promise<number> {
  for (let at = path; ; at = dirname(at)) {
    if (!existsSync(at) && at !== dirname(at)) continue;
    const { bavail, bsize } = await statfs(at);
    return Math.floor((bavail * bsize) / MEGABYTE);
  }
}
