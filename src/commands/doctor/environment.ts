import { readVariable } from "../../config/environment.ts";
import { runtimeWarnings } from "../../config/runtime-variables.ts";
import { environmentName, SETTING_KEYS, aboutSetting } from "../../config/setting-table.ts";
import { misspeltVariables } from "../../config/settings.ts";
import type { Finding, Look } from "./finding.ts";

const AREA = "environment";
/** What a shell can set, and take away. */
const SHELL_NAME = /^[A-Za-z_]\w*$/;

/** Variables that are called like ours and are no settings, and those that change how the runtime works. */
export function checkEnvironment({ world: { env } }: Look): Finding[] {
  const findings = [...misspelt(env), ...withoutPrefix(env), ...ofRuntime(env)];
  if (findings.length > 0) return findings;
  return [
    { area: AREA, what: "variables", state: "ok", detail: "none that is misspelt, or changes how this program works" },
  ];
}

type Environment = Look["world"]["env"];

function misspelt(env: Environment): Finding[] {
  return misspeltVariables(env).map(({ name, meant }) => {
    const isFree = meant !== undefined && readVariable(env, meant) === undefined;
    // In the words of the shell, which has the value: it may be a password.
    const remedy = isFree ? `export ${meant}="$${name}"; unset ${name}` : `unset ${name}`;
    return {
      ...{ area: AREA, what: name, state: "warning" },
      detail: `no setting${meant === undefined ? "" : `; ${meant} is one`}`,
      ...(SHELL_NAME.test(name) ? { remedy } : { hint: "take it out of the environment" }),
    };
  });
}

/** Those that are called like a setting, and may be meant for another program. */
function withoutPrefix(env: Environment): Finding[] {
  return SETTING_KEYS.flatMap((key): Finding[] => {
    const name = key.toUpperCase();
    const ours = environmentName(key);
    const isRead = aboutSetting(key).variable === name;
    if (isRead || readVariable(env, name) === undefined || readVariable(env, ours) !== undefined) return [];
    const detail = `not read by this program, whose variable is ${ours}`;
    const hint = "if it is meant for this program:";
    return [{ area: AREA, what: name, state: "note", detail, hint, remedy: `export ${ours}="$${name}"` }];
  });
}

function ofRuntime(env: Environment): Finding[] {
  return runtimeWarnings(env).map((warning) => {
    const [, name = "", detail = warning] = /^(\S+) in the environment (.*)$/s.exec(warning) ?? [];
    return { area: AREA, what: name, state: "warning", detail, remedy: `unset ${name}` };
  });
}
