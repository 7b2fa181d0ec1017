import { parseArgs } from "node:util";
import { floorNames, readFloors, RECALL } from "../eval/floors.ts";
import type { Hint } from "../flow/errors.ts";
import { SEARCH_MODES } from "../store/store.ts";
import { hasWord } from "../text/words.ts";
import { type Command, COMMANDS, isCommand, isTopic, WORDS } from "./commands.ts";
import { CONFLICTS, NEEDS, NO_PROMPTS } from "./flag-rules.ts";
import { EVAL_K_DEFAULT, type Flag, FLAGS, type FlagKey, flagName, type FlagValues } from "./flag-table.ts";
import { didYouMean, nearest, notOneOf, unknownOf } from "./nearest.ts";
import { problemsError, shownValue } from "./problems.ts";
import { flagOfSetting } from "./setting-flags.ts";
import { environmentName, SETTING_KEYS } from "./setting-table.ts";
import { unknownWord } from "./unknown-word.ts";

/** Of more commands a flag is not said to be theirs. */
const OWNERS_SHOWN_MAX = 4;

/** The flags that were given; `--help`, `--version` and `--licenses` are commands in `CommandLine`. */
export type Flags = Readonly<Partial<Omit<FlagValues, "help" | "version" | "licenses">>>;

export type CommandLine = {
  readonly command: Command;
  readonly flags: Flags;
  /** The words of a command that takes some (`search`); at least one then, but for `help`. */
  readonly positionals: readonly string[];
};

/**
 * Reads the words after the program's name. A flag that is given twice counts as given last, except `--source` and
 * `--min`, which add up. `--version` is the command `version`, `--licenses` the command `licenses`, and `--help` is `help` of the command beside it; with them
 * no other flag is checked.
 * Throws a usage error that names every mistake; `interactiveTerminal`: prompts can be shown and answered.
 */
export function parseCommandLine(
  argv: readonly string[],
  { interactiveTerminal }: { readonly interactiveTerminal: boolean },
): CommandLine {
  const { values, words, problems, unknownFlag } = readArguments(argv);
  const { help = false, version = false, licenses = false, ...flags } = values;
  if (version) return { command: "version", flags: {}, positionals: [] };
  if (licenses) return { command: "licenses", flags: {}, positionals: [] };
  const [word = "ingest", ...positionals] = words;
  const isKnown = isCommand(word) || isTopic(word);
  // The words after an unknown flag may be its value, and so no command at all.
  if (help) {
    const asked = isKnown || unknownFlag ? [] : [word];
    const wrong = wrongWords("help", asked);
    if (wrong.length > 0) throw problemsError("command line", wrong, hintFor("help", asked));
    return { command: "help", flags: {}, positionals: isKnown ? words.slice(0, 1) : [] };
  }

  const command = isCommand(word) ? word : "ingest";
  let hint: Hint = hintFor(command, positionals);
  if (isCommand(word)) {
    problems.push(...foreignFlags(values, command), ...conflicts(flags, interactiveTerminal));
    problems.push(...wrongUse(command, flags));
    if (!unknownFlag) problems.push(...wrongWords(command, positionals));
  } else if (!unknownFlag) {
    const unknown = unknownWord(word, positionals);
    problems.push(unknown.problem);
    // Another mistake would be repeated by the command line that was meant.
    if (problems.length === 1) hint = unknown.hint;
  }
  if (problems.length > 0) throw problemsError("command line", problems, hint);
  return { command, flags, positionals };
}

type Arguments = {
  readonly values: Partial<FlagValues>;
  /** What is neither a flag nor a flag's value. */
  readonly words: string[];
  readonly problems: string[];
  readonly unknownFlag: boolean;
};

/** What the arguments say, as far as they can be read. */
export function readArguments(argv: readonly string[]): Arguments {
  const found = { values: {}, words: Array<string>(), unknownFlag: false };
  const tokens = tokensOf(argv);
  const unknown = new Set(tokens.flatMap((token) => (token.kind === "option" && !flagOf(token) ? token.index : [])));
  /** Said at the end, since the command may stand behind its flags. */
  const problems: (() => string)[] = [];
  let valueAt = -1;
  let unknownAt = -1;
  for (const token of tokens) {
    const { index } = token;
    if (index === valueAt || index === unknownAt) continue;
    if (token.kind === "positional") found.words.push(token.value);
    if (token.kind !== "option") continue;
    const flag = flagOf(token);
    if (flag === undefined || unknown.has(index)) {
      // No letter of several is read when one is unknown.
      unknownAt = index;
      found.unknownFlag = true;
      const name = token.rawName.startsWith("--") ? token.rawName : (argv[index] ?? "");
      problems.push(() => `unknown flag ${shownValue(name)}${nearestFlag(name) || wordHint(name, found.words)}`);
    } else if (flag.value === undefined) {
      if (token.value === undefined) flag.set(found.values, "");
      else problems.push(() => `${flag.name} takes no value`);
    } else {
      const next = isValue(argv[index + 1]) ? argv[index + 1] : undefined;
      const text = token.value ?? next;
      if (token.value === undefined && next !== undefined) valueAt = index + 1;
      if (text === undefined) problems.push(() => `${flag.name} needs a value: ${flag.name} ${flag.value}`);
      else if (!flag.set(found.values, text)) problems.push(() => refusal(flag, text, found.words));
    }
  }
  return { ...found, problems: problems.map((say) => say()) };
}

/** Beside other words of a question it may be one to be left out. */
function wordHint(name: string, [command, ...text]: readonly string[]): string {
  if (command !== "search" || text.length === 0 || !/^-[\p{L}\p{N}]/u.test(name)) return "";
  return `; a word to leave out is in quotes with the question: ${shownValue([...text, name].join(" "))}`;
}

function refusal(
  { name, allowed, choices = [], several = [] }: Flag,
  text: string,
  [word = "ingest"]: readonly string[],
): string {
  const list = several.some((command) => command === word) ? ", or several of them with commas between" : "";
  return `${name} must be ${allowed}${list}${notOneOf(text, choices)}`;
}

/** Flags and words in their order. Every flag is on-off for `parseArgs`: it would take any next argument for a value. */
function tokensOf(args: readonly string[]) {
  const options = Object.fromEntries(
    FLAGS.map(({ name, alias }) => [
      name.slice(2),
      { type: "boolean" as const, ...(alias === undefined ? {} : { short: alias }) },
    ]),
  );
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function flagOf({ name }: { readonly name: string }): Flag | undefined {
  return FLAGS.find((flag) => flag.name === `--${name}`);
}

/** The next argument is a value unless it looks like a flag; a negative number does not. */
function isValue(next: string | undefined): boolean {
  return next !== undefined && (!next.startsWith("-") || next === "-" || /^-[\d.]/.test(next));
}

function nearestFlag(name: string): string {
  // Compared without dashes, so that "-verbose" finds "--verbose".
  const word = name.replace(/^-+/, "");
  const key = word.toLowerCase().replaceAll("-", "_");
  const names = FLAGS.map((flag) => flag.name.slice(2));
  if (SETTING_KEYS.includes(key) && !names.includes(key.replaceAll("_", "-"))) {
    const flag = flagOfSetting(key);
    if (flag !== undefined) return `; did you mean "${flag}"?`;
    return `; ${key} is a setting: it stands in config.toml, or in the variable ${environmentName(key)}`;
  }
  return didYouMean(word, names).replace('"', '"--');
}

function foreignFlags(values: Partial<FlagValues>, command: Command): string[] {
  const foreign = FLAGS.filter(({ given, commands }) => given(values).length > 0 && !commands.includes(command));
  return foreign.map(({ name, commands }) =>
    // Of most commands it is shorter to say which one has it not.
    commands.length > OWNERS_SHOWN_MAX
      ? `"${command}" has no flag ${name}`
      : `${name} is a flag of ${listed(commands)}, not of "${command}"`,
  );
}

/** `"ingest", "search" and "eval"` */
function listed(commands: readonly Command[]): string {
  const names = commands.map((known) => `"${known}"`);
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].filter((part) => part !== "").join(" and ");
}

function conflicts(flags: Flags, interactiveTerminal: boolean): string[] {
  const values: Partial<FlagValues> = flags;
  const isLifted = (unless: FlagKey | undefined) => unless !== undefined && values[unless] !== undefined;
  const problems = CONFLICTS.filter(
    ([a, b, , { unless } = {}]) => values[a] !== undefined && values[b] !== undefined && !isLifted(unless),
  ).map(([a, b, reason]) => `${flagName(a)} cannot be combined with ${flagName(b)}: ${reason}`);
  if (flags.interactive && !interactiveTerminal) problems.push(`--interactive asks what to do, and ${NO_PROMPTS}`);
  return problems;
}

/** What a command asks of flags that it shares with others. */
function wrongUse(command: Command, flags: Flags): string[] {
  const { limit, full, quiet } = flags;
  if (command === "parse" && limit === 0 && full) return ["--full shows documents, and --limit 0 none"];
  if (command === "parse" && limit !== undefined && quiet) return ["--limit shows documents, and --quiet none"];
  if (command === "show" && (flags.source?.length ?? 0) > 1) return ["show takes one --source"];
  return [...withoutNeeded(command, flags), ...wrongFloors(flags), ...(command === "search" ? wrongSearch(flags) : [])];
}

function wrongSearch({ source = [], mode = [], limit }: Flags): string[] {
  return [
    ...(source.length > 1 ? ["search takes one --source"] : []),
    ...(mode.length > 1 ? ["search takes one --mode"] : []),
    ...(limit === 0 ? ["search shows at least one result: --limit must be a positive integer"] : []),
  ];
}

/** Flags that mean nothing without another one, which is not there. */
function withoutNeeded(command: Command, flags: Flags): string[] {
  const values: Partial<FlagValues> = flags;
  return NEEDS.filter(
    ({ of, flag, needs }) => of === command && values[flag] !== undefined && values[needs] === undefined,
  ).map(({ flag, needs }) => {
    const value = FLAGS.find(({ name }) => name === flagName(needs))?.value;
    return `${flagName(flag)} needs ${flagName(needs)}${value === undefined ? "" : ` ${value}`}`;
  });
}

/** Floors under what is not measured. */
function wrongFloors({ min = [], mode: modes = SEARCH_MODES, k = EVAL_K_DEFAULT }: Flags): string[] {
  const isOfWords = modes.every((mode) => mode === "text");
  return readFloors(min).flatMap(({ text, metric, mode }) => {
    const known = floorNames(k);
    const isAsked = mode === undefined || modes.some((asked) => asked === mode);
    return [
      ...(known.includes(metric) ? [] : [`--min ${text}: ${unknownOf("metric", metric, known)}`]),
      ...(isAsked ? [] : [`--min ${text}: ${unknownOf("mode", mode, modes)}`]),
      ...(metric === RECALL && isOfWords ? [`--min ${text}: --mode text asks no vectors`] : []),
    ];
  });
}

function wrongWords(command: Command, words: readonly string[]): string[] {
  const about = COMMANDS[command];
  const { [command]: allowed } = WORDS;
  if (!("needs" in about) && !("optional" in about)) return unexpected(words);
  if ("needs" in about && lacksWords(command, words)) return [`${command} needs ${about.needs}`];
  if (allowed !== undefined) {
    const [word, ...others] = words;
    const unknown =
      word === undefined || allowed.known.includes(word) ? [] : [unknownOf(allowed.noun, word, allowed.known)];
    return unknown.length > 0 ? unknown : unexpected(others);
  }
  const text = words.join(" ");
  if (command !== "search" || hasWord(text)) return [];
  return [`search needs a text with a word: ${shownValue(text)} has none`];
}

function unexpected(words: readonly string[]): string[] {
  return words.map((word) => `unexpected argument ${shownValue(word)}`);
}

function lacksWords(command: Command, words: readonly string[]): boolean {
  return "needs" in COMMANDS[command] && words.join("").trim() === "";
}

function hintFor(command: Command, words: readonly string[]): Hint {
  const named = command === "ingest" ? [] : [command];
  const { [command]: allowed } = WORDS;
  const [word = ""] = words;
  const known = allowed === undefined || allowed.known.includes(word) ? [] : allowed.known;
  if (lacksWords(command, words))
    return (call) => `run ${call.again([...named, known[0] ?? COMMANDS[command].argument])}`;
  const meant = nearest(word, known);
  return (call) => `run ${call.again([...named, meant ?? "--help"])}`;
}
