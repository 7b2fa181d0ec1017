import { resolve } from "node:path";
import { SOURCES_FILE_DEFAULT } from "../../config/flag-table.ts";
import { nearest } from "../../config/nearest.ts";
import { problemsOf, shownValue } from "../../config/problems.ts";
import type { LoadedSettings } from "../../config/settings.ts";
import { isWithoutFile, type ListedSource, listSources, loadSources } from "../../config/sources.ts";
import type { SourceEntry } from "../../parsers/parser.ts";
import { loadParser, parsers } from "../../parsers/registry.ts";
import { duration, plural } from "../../text/words.ts";
import { type Finding, inTime, type Look, problemOf, type Remedy } from "./finding.ts";
import { commentOut, renameKey } from "./settings.ts";

const AREA = "sources";
/** For all sources together. */
const COUNTING_MS_MAX = 5_000;

type CheckedSources = {
  readonly findings: readonly Finding[];
  /** All that are listed, whether they run or not; undefined when there is no list. */
  readonly listed: readonly ListedSource[] | undefined;
  /** Those that a run of all sources reads. */
  readonly entries: readonly SourceEntry[];
};

/** The entries of the sources file: whether each can be read, and how many files it has. */
export async function checkSources(look: Look, loaded: LoadedSettings | undefined): Promise<CheckedSources> {
  const { flags, world } = look;
  const { config = SOURCES_FILE_DEFAULT } = flags;
  const place = { env: world.env, cwd: world.cwd };
  const said = new Set<string>();
  const unsaid = (lines: readonly string[]) => lines.filter((line) => !said.has(line) && said.add(line));
  const findings: Finding[] = [];
  const startedMs = world.clock.now();
  let listed: readonly ListedSource[];
  let entries: readonly SourceEntry[] = [];
  try {
    listed = listSources({ config }, world.cwd);
  } catch (error) {
    return { findings: [noList(error, config, look)], listed: undefined, entries };
  }
  for (const source of listed) {
    try {
      const found = loadSources({ flags: { ...flags, source: [source.name] }, ...place });
      for (const warning of unsaid(found.warnings)) findings.push(oddEntry(warning, source.name, config));
      const [entry] = found.entries;
      const leftMs = COUNTING_MS_MAX - (world.clock.now() - startedMs);
      if (entry !== undefined) findings.push(await filesOf(entry, source, { leftMs, look, loaded, config }));
    } catch (error) {
      // What is wrong with names is said of all entries.
      const own = problemsOf(error).filter(
        (line) => (PLACE.exec(line)?.[2] ?? shownValue(source.name)) === shownValue(source.name),
      );
      for (const line of unsaid(own)) {
        const found = UNKNOWN_KEY.test(line)
          ? oddEntry(line, source.name, config)
          : wrongEntry(line, source, config, look);
        findings.push(found);
      }
    }
  }
  try {
    ({ entries } = loadSources({ flags, ...place }));
  } catch (error) {
    // What is no single source's: an entry without a name, none that is enabled.
    for (const detail of unsaid(problemsOf(error)))
      findings.push({ ...problemOf(AREA, config, error, look, enabling(detail, listed, config)), detail });
  }
  return { findings, listed, entries };
}

/** Where no source is enabled, one is. */
function enabling(detail: string, listed: readonly ListedSource[], config: string): Remedy | undefined {
  const [first] = listed;
  if (first === undefined || !detail.startsWith("no source is enabled")) return undefined;
  return { remedy: "enabled = true", into: entryOf(first, config) };
}

function entryOf({ name }: ListedSource, config: string): string {
  return `${config}, in the entry of ${JSON.stringify(name)}`;
}

function noList(error: unknown, config: string, look: Look): Finding {
  if (!isWithoutFile(error, config)) return problemOf(AREA, config, error, look);
  const detail = `does not exist (${resolve(look.world.cwd, config)})`;
  const hint = "name another one with --config, or have it written, with all that there is to read here:";
  // Which asks what to take, where it can.
  const words = look.world.interactiveTerminal ? ["init"] : ["init", "--yes", "."];
  return { area: AREA, what: config, state: "problem", detail, hint, remedy: look.call.again(words) };
}

const DATA_DIRECTORY = /^.*?: (data directory .* \((--data-dir|DATA_DIR|data_dir)\))$/;
const PLACE = /^(.*?): source (".*?"): /;

function wrongEntry(line: string, source: ListedSource, config: string, look: Look): Finding {
  const [, directory, from = ""] = DATA_DIRECTORY.exec(line) ?? [];
  if (directory !== undefined) {
    const remedy = directoryRemedy(from, config, look);
    return { area: AREA, what: "data directory", state: "problem", detail: directory, ...remedy };
  }
  const [start = "", at = config] = PLACE.exec(line) ?? [];
  const detail = line.slice(start.length);
  const entry = entryOf(source, config);
  const about = { area: AREA, what: source.name } as const;
  if (!source.enabled) return { ...about, state: "note", detail: `disabled; ${detail}`, hint: "a run leaves it out" };
  if (/ name is taken by /.test(line)) {
    const remedy = `name = ${JSON.stringify(`${source.name}-2`)}`;
    return { ...about, state: "problem", detail, remedy, into: `${at}, in the entry that begins there` };
  }
  const parser = detail.startsWith("unknown parser ")
    ? nearest(
        source.parser,
        parsers.map(({ name }) => name),
      )
    : undefined;
  if (parser !== undefined)
    return { ...about, state: "problem", detail, remedy: `parser = ${JSON.stringify(parser)}`, into: entry };
  const hint = "set it right, or leave the source out, whose rows stay then";
  return { ...about, state: "problem", detail, hint, remedy: "enabled = false", into: entry };
}

function directoryRemedy(from: string, config: string, { call }: Look): Remedy {
  const hint = "make it, name another one, or start from where the default is:";
  switch (from) {
    case "--data-dir":
      return { hint, remedy: call.again(["doctor"], { without: [from] }) };
    case "DATA_DIR":
      return { hint, remedy: `unset ${from}` };
    default:
      return { hint, ...commentOut(from, config) };
  }
}

const UNKNOWN_KEY = /^(?:.*?: )?unknown key "(.*?)"(?:; did you mean "(.*)"\?)?$/;

/** What the file says and nobody heeds. */
function oddEntry(warning: string, name: string, config: string): Finding {
  const [start = ""] = PLACE.exec(warning) ?? [];
  const detail = warning.slice(start.length);
  const [, key, meant] = UNKNOWN_KEY.exec(detail) ?? [];
  if (key === undefined) return { area: AREA, what: name, state: "note", detail, hint: "take it out" };
  const remedy = meant === undefined ? commentOut(key, config) : renameKey(key, meant, config);
  // One of the file is no source's.
  return { area: AREA, what: start === "" ? config : name, state: "warning", detail, ...remedy };
}

type FilesOptions = {
  /** Of the time for counting. */
  readonly leftMs: number;
  readonly look: Look;
  readonly loaded: LoadedSettings | undefined;
  readonly config: string;
};

async function filesOf(
  entry: SourceEntry,
  source: ListedSource,
  { leftMs, look, loaded, config }: FilesOptions,
): Promise<Finding> {
  const { enabled, parser: name } = source;
  const about = { area: AREA, what: entry.name } as const;
  const off = enabled ? "" : "; disabled";
  if (loaded === undefined) return { ...about, state: "ok", detail: `${name}${off}` };
  const parser = await loadParser(entry, loaded.settings.parserValues);
  if (parser.count === undefined) return { ...about, state: "ok", detail: `${name}, read from the web${off}` };
  const size = await inTime(look, Math.max(leftMs, 1), async (signal) => parser.count?.(entry, { signal }));
  if (size === undefined) {
    const detail = `${name}, its files not counted: that takes longer than ${duration(COUNTING_MS_MAX)}${off}`;
    return { ...about, state: "ok", detail };
  }
  if (size.files > 0) return { ...about, state: "ok", detail: `${name}, ${plural(size.files, "file")}${off}` };
  const detail = `${name}, no file that this parser reads${off}`;
  if (!enabled) return { ...about, state: "note", detail, hint: "a run leaves it out" };
  const hint = "a run fails it: look into paths and extensions of its entry, or leave it out, whose rows stay then";
  return { ...about, state: "warning", detail, hint, remedy: "enabled = false", into: entryOf(source, config) };
}
