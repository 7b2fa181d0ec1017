import {
  type Command,
  COMMANDS,
  FLAG_KEYS,
  type FlagKey,
  FLAGS,
  flagName,
  type FlagValues,
  isCommand,
} from "./flag-table.ts";
import { didYouMean } from "./nearest.ts";
import { problemsError } from "./problems.ts";
import { shownValue } from "./shown-value.ts";
import { PROGRAM } from "../text/program.ts";

/** The flags that were given; `help` and `version` stand beside them in `CommandLine`. */
export type Flags = Readonly<Partial<Omit<FlagValues, "help" | "version">>>;

export type CommandLine = {
  readonly command: Command;
  readonly flags: Flags;
  /** The words of a command that takes some (`search`); at least one then, unless help or the version is asked for. */
  readonly positionals: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
};

/** Flags that contradict each other, and why. */
const CONFLICTS: readonly (readonly [FlagKey, FlagKey, string])[] = [
  ["clean", "retryFailed", "--clean embeds everything again, the failed chunks included"],
  ["clean", "resume", "an interrupted --clean goes on by itself when it is run again"],
  ["clean", "dryRun", "with --clean everything would be embedded"],
  ["retryFailed", "resume", "--retry-failed does only what the failure log names"],
  ["sequential", "workers", "--sequential has one worker"],
  ["verbose", "quiet", "they ask for opposites"],
  ["json", "interactive", "prompts would stand among the JSON"],
];

/**
 * Reads the words after the program's name. A flag that is given twice counts as given last, except `--source`, which
 * adds up. With `--help` or `--version` nothing else is checked.
 * Throws a usage error that names every mistake; `interactiveTerminal`: prompts can be shown and answered.
 */
export function parseCommandLine(
  argv: readonly string[],
  { interactiveTerminal = isTerminal() }: { readonly interactiveTerminal?: boolean } = {},
): CommandLine {
  const { values, words, problems, unknownFlag } = readArguments(argv);
  const { help = false, version = false, ...flags } = values;
  const [word = "ingest", ...positionals] = words;
  const command = isCommand(word) ? word : "ingest";
  if (help || version) return { command, flags, positionals, help, version };

  // The words after an unknown flag may be its value, and so no command at all.
  if (isCommand(word)) {
    problems.push(...foreignFlags(values, command), ...conflicts(flags, interactiveTerminal));
    if (!unknownFlag) problems.push(...wrongWords(command, positionals));
  } else if (!unknownFlag) {
    const commands = Object.keys(COMMANDS);
    problems.push(
      `unknown command ${shownValue(word)}${didYouMean(word, commands)} (commands: ${commands.join(", ")})`,
    );
  }
  if (problems.length > 0) {
    const helpCall = words.length > 0 && command !== "ingest" ? `${PROGRAM} ${command} --help` : `${PROGRAM} --help`;
    throw problemsError("command line", problems, `run ${helpCall}`);
  }
  return { command, flags, positionals, help, version };
}

type Arguments = {
  readonly values: Partial<FlagValues>;
  /** What is neither a flag nor a flag's value. */
  readonly words: string[];
  readonly problems: string[];
  unknownFlag: boolean;
};

function readArguments(argv: readonly string[]): Arguments {
  const found: Arguments = { values: {}, words: [], problems: [], unknownFlag: false };
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === "--") found.words.push(...rest.splice(0));
    else if (argument.startsWith("-") && argument !== "-") readFlag(argument, rest, found);
    else found.words.push(argument);
  }
  return found;
}

/** Reads one argument that starts with a dash, and takes its value from `rest` where it needs one. */
function readFlag(argument: string, rest: string[], found: Arguments): void {
  const [, name = "", given] = /^([^=]*)(?:=([^]*))?$/.exec(argument) ?? [];
  const keys = keysOf(name);
  if (keys.length === 0) {
    found.unknownFlag = true;
    found.problems.push(`unknown flag ${shownValue(name)}${nearestFlag(name)}`);
  }
  for (const key of keys) {
    const { kind, value = "" } = FLAGS[key];
    if (!kind.takesValue) {
      if (given === undefined) setFlag(found, key, "");
      else found.problems.push(`${flagName(key)} takes no value`);
    } else {
      const text = given ?? (isValue(rest[0]) ? rest.shift() : undefined);
      if (text === undefined) found.problems.push(`${flagName(key)} needs a value: ${flagName(key)} ${value}`);
      else setFlag(found, key, text);
    }
  }
}

/** The flags of `--name`, `-n`, or of several letters (`-vi`); none when one of them is unknown. */
function keysOf(name: string): readonly FlagKey[] {
  if (name.startsWith("--")) return FLAG_KEYS.filter((key) => flagName(key) === name);
  const keys = [...name.slice(1)].map((letter) => FLAG_KEYS.find((key) => FLAGS[key].alias === letter));
  return keys.every((key) => key !== undefined) ? keys : [];
}

function setFlag<Key extends FlagKey>(found: Arguments, key: Key, text: string): void {
  const { kind } = FLAGS[key];
  const value = kind.read(text, found.values[key]);
  if (value === undefined) found.problems.push(`${flagName(key)} must be ${kind.allowed}, not ${shownValue(text)}`);
  else found.values[key] = value;
}

/** The next argument is a value unless it looks like a flag; a negative number does not. */
function isValue(next: string | undefined): boolean {
  return next !== undefined && (!next.startsWith("-") || next === "-" || /^-[\d.]/.test(next));
}

function nearestFlag(name: string): string {
  // Compared without dashes, so that "-verbose" finds "--verbose".
  const suggestion = didYouMean(
    name.replace(/^-+/, ""),
    FLAG_KEYS.map((key) => flagName(key).slice(2)),
  );
  return suggestion.replace('"', '"--');
}

function foreignFlags(values: Partial<FlagValues>, command: Command): string[] {
  return FLAG_KEYS.filter((key) => values[key] !== undefined && !FLAGS[key].commands.includes(command)).map(
    (key) =>
      `${flagName(key)} is a flag of ${FLAGS[key].commands.map((name) => `"${name}"`).join(" and ")}, not of "${command}"`,
  );
}

function conflicts(flags: Flags, interactiveTerminal: boolean): string[] {
  const values: Partial<FlagValues> = flags;
  const problems = CONFLICTS.filter(([a, b]) => values[a] !== undefined && values[b] !== undefined).map(
    ([a, b, reason]) => `${flagName(a)} cannot be combined with ${flagName(b)}: ${reason}`,
  );
  if (flags.interactive && !interactiveTerminal)
    problems.push("--interactive needs a terminal for stdin and stdout, and no CI in the environment");
  return problems;
}

function wrongWords(command: Command, words: readonly string[]): string[] {
  const { argument } = COMMANDS[command];
  if (argument === "") return words.map((word) => `unexpected argument ${shownValue(word)}`);
  if (words.join("").trim() === "") return [`${command} needs a text: ${PROGRAM} ${command} "${argument}"`];
  return [];
}

function isTerminal(): boolean {
  return Boolean(process.stdin.isTTY && process.stdout.isTTY);
}
