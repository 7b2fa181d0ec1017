import { originName, type Origins } from "../../config/settings.ts";
import { environmentName } from "../../config/setting-table.ts";
import { shellWord } from "../../text/shell-word.ts";
import type { Look, Remedy } from "./finding.ts";

/** Where settings are kept. */
const CONFIG_FILE = "config.toml";

/** Of TOML, without quotation marks. */
const BARE_KEY = /^[\w-]+$/;

type Value = string | number;

/**
 * Sets settings where the values that count come from, so that what is pasted counts: flags in another call, variables in
 * the shell, all else in the file.
 */
export function settingRemedy(values: Readonly<Record<string, Value>>, origins: Origins, { call }: Look): Remedy {
  const given = Object.entries(values).map(([key, value]) => ({ key, value, from: originName(key, origins) }));
  const flags = given.filter(({ from }) => from.startsWith("--"));
  if (flags.length > 0) {
    // What is not given by a flag is by then, too: it is one call.
    return { remedy: call.again(["doctor", ...flags.map(({ from, value }) => `${from}=${value}`)]) };
  }
  const variables = given.filter(({ from }) => isVariable(from));
  if (variables.length > 0) {
    const exports = given.map(({ key, from, value }) => {
      const name = isVariable(from) ? from : environmentName(key);
      return `export ${name}=${shellWord(String(value))}`;
    });
    return { remedy: exports.join("\n") };
  }
  return { remedy: given.map(({ key, value }) => `${key} = ${JSON.stringify(value)}`).join("\n"), into: CONFIG_FILE };
}

/** Takes a value away, so that the default counts. */
export function unsetRemedy(key: string, fallback: unknown, from: string, { call }: Look): Remedy {
  if (from.startsWith("--")) return { remedy: call.again(["doctor"], { without: [from] }) };
  if (isVariable(from)) return { remedy: `unset ${from}` };
  if (fallback === undefined) return commentOut(key);
  return { remedy: `${key} = ${JSON.stringify(fallback)}`, into: CONFIG_FILE };
}

/** Gives a key of the file another name; a copy stays beside it, which makes the command one for every kind of sed. */
export function renameKey(key: string, name: string, file = CONFIG_FILE): Remedy {
  return edited(key, `${name} =`, file);
}

/** Makes a comment of the line of a key. */
export function commentOut(key: string, file = CONFIG_FILE): Remedy {
  return edited(key, "# &", file);
}

function edited(key: string, by: string, file: string): Remedy {
  const hint = `take ${key} out of ${file}, or spell it right`;
  return BARE_KEY.test(key) ? { remedy: `sed -i.old 's/^ *${key} *=/${by}/' ${shellWord(file)}` } : { hint };
}

function isVariable(name: string): boolean {
  return /^[A-Z][A-Z\d_]*$/.test(name);
}
