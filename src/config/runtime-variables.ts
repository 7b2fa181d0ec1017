import { type Environment, readVariable } from "./environment.ts";

const CHANGES = "changes how the runtime within this program works";

/**
 * Variables by which somebody else's settings reach the runtime that this program is built on, and what becomes of them. In
 * the order of what they can do; of one that is matched twice the first counts.
 */
const VARIABLES: readonly (readonly [RegExp, string])[] = [
  [/^BUN_INSPECT_PRELOAD$/, "has loaded code into this program"],
  [/^BUN_INSPECT/, "opens this program to a debugger, which can run any code in it"],
  [/^BUN_OPTIONS$/, "is ignored"],
  [/^BUN_CONFIG_VERBOSE_FETCH$/, "is ignored: it would print keys"],
  [/^BUN_(JSC|CONFIG|FEATURE_FLAG|GC|GARBAGE)_/, CHANGES],
];

/** What to say of the environment at start. `NODE_TLS_REJECT_UNAUTHORIZED` has no effect: see `environment.ts`. */
export function runtimeWarnings(env: Environment): string[] {
  const warnings = Object.keys(env).flatMap((name) => {
    const found = readVariable(env, name) === undefined ? undefined : VARIABLES.find(([pattern]) => pattern.test(name));
    return found === undefined ? [] : [`${name} in the environment ${found[1]}`];
  });
  const trusts = env.NODE_TLS_REJECT_UNAUTHORIZED === "0";
  const instead = "certificates are checked; name a file of those to trust in NODE_EXTRA_CA_CERTS";
  return trusts ? [...warnings, `NODE_TLS_REJECT_UNAUTHORIZED in the environment is ignored: ${instead}`] : warnings;
}
