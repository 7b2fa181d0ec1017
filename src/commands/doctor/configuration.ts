import { chooseDatabase } from "../../config/database-choice.ts";
import { DEFAULT, loadSettings, type LoadedSettings, resolveWorkers } from "../../config/settings.ts";
import { settingDefault, SETTING_KEYS } from "../../config/setting-table.ts";
import { IngestError } from "../../flow/errors.ts";
import type { DatabaseChoice } from "../../store/driver/database.ts";
import { plural } from "../../text/words.ts";
import { type Finding, type Look, problemOf } from "./finding.ts";
import { commentOut, renameKey, settingRemedy, unsetRemedy } from "./settings.ts";

const AREA = "configuration";

type CheckedConfiguration = {
  readonly findings: readonly Finding[];
  /** Undefined when the settings cannot be used. */
  readonly loaded: LoadedSettings | undefined;
  readonly database: DatabaseChoice | undefined;
};

/** The settings that count, where they come from, and what is wrong with them. `all`: also those that nobody has set. */
export function checkConfiguration(look: Look, { all = false } = {}): CheckedConfiguration {
  const { flags, world } = look;
  let loaded: LoadedSettings;
  try {
    loaded = loadSettings({ flags, env: world.env, cwd: world.cwd });
  } catch (error) {
    return { findings: wrongSettings(error, look), loaded: undefined, database: undefined };
  }
  const { settings, origins } = loaded;
  const shown = [...origins].filter(([, { name }]) => all || name !== DEFAULT);
  const findings: Finding[] = shown.map(([key, { name, shown: value }]) => ({
    ...{ area: AREA, what: key, state: "ok", detail: `${value} (${name})` },
  }));
  const others = origins.size - shown.length;
  if (others > 0) {
    const detail = `${plural(others, "setting")} as they are by default; --verbose shows them`;
    findings.push({ area: AREA, what: "others", state: "ok", detail });
  }
  findings.push(...oddSettings(loaded));
  const { warning } = resolveWorkers(settings, flags);
  if (warning !== undefined) {
    const wanted = flags.workers ?? settings.ingest_workers;
    findings.push({
      ...{ area: AREA, what: "ingest_max_workers", state: "note", detail: warning },
      ...settingRemedy({ ingest_max_workers: wanted }, origins, look),
    });
  }
  try {
    const database = chooseDatabase(settings, origins, world);
    for (const detail of database.warnings ?? []) {
      const hint = "take it out of the URL: it is for other programs";
      findings.push({ area: AREA, what: "database URL", state: "note", detail, hint });
    }
    return { findings, loaded, database };
  } catch (error) {
    const problem = problemOf(AREA, "database URL", error, look);
    return { findings: [...findings, problem], loaded, database: undefined };
  }
}

/** Each value that is not allowed, and what to do instead. */
function wrongSettings(error: unknown, look: Look): Finding[] {
  if (!(error instanceof IngestError)) throw error;
  const lines = error.message.split("\n");
  const problems = lines.length === 1 ? lines : lines.slice(1).map((line) => line.trim());
  return problems.flatMap((detail): Finding[] => {
    const [, key = "", from = ""] = /^(\w+) must be .* \((.*)\)$/.exec(detail) ?? [];
    if (!SETTING_KEYS.includes(key))
      return isAboutVariable(detail) ? [] : [oddKey(detail) ?? problemOf(AREA, "", error, look)];
    const name = / in config[.]toml$/.test(from) ? "" : from;
    const remedy = unsetRemedy(key, settingDefault(key), name, look);
    return [{ area: AREA, what: key, state: "problem", detail, ...remedy }];
  });
}

function oddSettings({ warnings }: LoadedSettings): Finding[] {
  return warnings.flatMap((detail): Finding[] => {
    if (isAboutVariable(detail)) return [];
    const [, name] = /^(\S+).* has no effect/.exec(detail) ?? [];
    const remedy = name !== undefined && /^[A-Z]/.test(name) ? { remedy: `unset ${name}` } : {};
    return [oddKey(detail) ?? { area: AREA, what: "", state: "note", detail, ...remedy }];
  });
}

/** `checkEnvironment` tells of those. */
function isAboutVariable(detail: string): boolean {
  return /^unknown variable |^[A-Z][A-Z\d_]* in the environment /.test(detail);
}

/** A key of the file that is no setting. */
function oddKey(detail: string): Finding | undefined {
  const [, key, meant] = /^config[.]toml: unknown key "(.*?)"(?:; did you mean "(.*)"[?])?$/.exec(detail) ?? [];
  if (key === undefined) return undefined;
  const remedy = meant === undefined ? commentOut(key) : renameKey(key, meant);
  return { area: AREA, what: key, state: "warning", detail, ...remedy };
}
