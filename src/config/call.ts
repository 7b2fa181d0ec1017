import type { Call } from "../flow/errors.ts";
import { shellWord } from "../text/shell-word.ts";
import { type Command, isCommand } from "./commands.ts";
import { CONFLICTS, NEEDS } from "./flag-rules.ts";
import { type Flag, FLAGS, flagName, type FlagValues } from "./flag-table.ts";
import { type Flags, readArguments } from "./flags.ts";
import { passwordParts } from "./problems.ts";

/**
 * Those that ask for something else than what is to be done, and those that only say how much is told of it, which is for whoever
 * pastes to say: a warning with a command in it is the same one, whatever the run that tells it was to print.
 */
const NEVER_KEPT: ReadonlySet<string> = new Set([
  ...["--interactive", "--help", "--version", "--licenses"],
  ...["--verbose", "--quiet", "--warnings", "--progress-interval", "--json"],
]);

/** The only place that writes command lines of this program. `program`: the words it was called by. */
export function callOf(program: readonly string[], flags: Flags): Call {
  return {
    again(asked, { without = [] } = {}) {
      const { values: added, words: given, problems } = readArguments(asked);
      if (problems.length > 0) throw new RangeError(problems.join("; "));
      const [first = ""] = given;
      const command = isCommand(first) ? first : "ingest";
      const texts = isCommand(first) ? given.slice(1) : given;
      const fits = (flag: Flag) =>
        flag.commands.includes(command) && isKept(flag, added) && !without.includes(flag.name);
      const fitting = added.help ? [] : FLAGS.filter(fits);
      const kept = fitting.filter(({ name }) => !lacking(command, added, flags, fitting).has(name));
      // What looks like a flag is a text behind "--".
      const isBehind = texts.some((text) => text.startsWith("-"));
      const words = [
        ...(isBehind ? [] : texts.map(shellWord)),
        ...flagWords(FLAGS, added),
        ...flagWords(kept, flags),
        ...(isBehind ? ["--", ...texts.map(shellWord)] : []),
      ];
      // The program's name alone asks on a terminal what to do.
      const isNamed = command !== "ingest" || words.length === 0;
      return [...program.map(shellWord), ...(isNamed ? [command] : []), ...words].join(" ");
    },
    has: (name) => FLAGS.some((flag) => flag.name === name && flag.given(flags).length > 0),
  };
}

/** Whether a flag that was given stays beside those that are added. */
function isKept({ name, given }: Flag, added: Partial<FlagValues>): boolean {
  if (NEVER_KEPT.has(name) || given(added).length > 0) return false;
  return !CONFLICTS.some(([one, other]) => {
    const against = name === flagName(one) ? other : name === flagName(other) ? one : undefined;
    if (against === undefined) return false;
    return FLAGS.some((flag) => flag.name === flagName(against) && flag.given(added).length > 0);
  });
}

/** Flags that mean nothing without one that is not kept, and those that need these. */
function lacking(
  command: Command,
  added: Partial<FlagValues>,
  flags: Flags,
  kept: readonly Flag[],
): ReadonlySet<string> {
  const without = new Set<string>();
  const isThere = (name: string) =>
    FLAGS.some((flag) => flag.name === name && flag.given(added).length > 0) ||
    (!without.has(name) && kept.some((flag) => flag.name === name && flag.given(flags).length > 0));
  for (const { of, flag, needs } of NEEDS) {
    if (of === command && !isThere(flagName(needs))) without.add(flagName(flag));
  }
  return without;
}

function flagWords(flags: readonly Flag[], values: Partial<FlagValues>): string[] {
  return flags.flatMap(({ name, value, secret, given }) =>
    given(values).map((text) => {
      if (value === undefined) return name;
      const word = secret === undefined ? shellWord(text) : urlsWord(text, secret);
      return text.startsWith("-") ? `${name}=${word}` : `${name} ${word}`;
    }),
  );
}

/** `postgres://u:"$BBJ_RAG_DB_PASSWORD"@h/d`: URLs with a variable of the shell in the place of each password. */
function urlsWord(text: string, { variable, separator }: NonNullable<Flag["secret"]>): string {
  const urls = separator === undefined ? [text] : text.split(separator);
  let passwords = 0;
  const words = urls.map((url) => {
    const parts = passwordParts(url).map((part) => {
      if (!part.isPassword) return part.text === "" ? "" : shellWord(part.text);
      passwords++;
      return `"$${variable}${passwords > 1 ? `_${passwords}` : ""}"`;
    });
    return parts.join("") || "''";
  });
  return words.join(separator);
}
