import { type Command, COMMANDS, WORDS } from "../../config/commands.ts";
import { type Flag, FLAGS } from "../../config/flag-table.ts";

const SUMMARY_CHARACTERS_MAX = 70;

/** What a shell offers for a word: names, files, folders, the sources of `sources.toml`, or nothing. */
export type Offer =
  | { readonly kind: "names"; readonly names: readonly string[] }
  | { readonly kind: "files" | "directories" | "sources" | "nothing" };

/** What a shell offers as the value of a flag; undefined of one that takes none. */
export function offerOfFlag({ value, choices, suggestions = [], ofSource }: Flag): Offer | undefined {
  if (value === undefined) return undefined;
  if (ofSource) return { kind: "sources" };
  const names = choices ?? suggestions;
  return names.length > 0 ? { kind: "names", names } : offerOf(value);
}

/** What it offers as a word of a command that is no flag. */
export function offerOfCommand(command: Command): Offer {
  const { argument } = COMMANDS[command];
  const known = WORDS[command]?.known;
  if (known !== undefined) return { kind: "names", names: known };
  return /^(?:NAME|SOURCE)\b/.test(argument) ? { kind: "sources" } : offerOf(argument);
}

/** By what stands for the word in the help text. */
function offerOf(placeholder: string): Offer {
  if (/\b(?:PATH|FILE)\b/.test(placeholder)) return { kind: "files" };
  return { kind: /\bDIR\b/.test(placeholder) ? "directories" : "nothing" };
}

/** Whether a flag takes several of its names for this command, with commas between. */
export function takesSeveral({ several = [] }: Flag, command: Command): boolean {
  return several.includes(command);
}

/** The flags of a command, in the order of the table. */
export function flagsOf(command: Command): Flag[] {
  return FLAGS.filter(({ commands }) => commands.includes(command));
}

/** All words by which flags are called that take a value: the word after one is no command. */
export const VALUE_FLAGS: readonly string[] = FLAGS.flatMap(({ name, alias, value }) =>
  value === undefined ? [] : [name, ...(alias === undefined ? [] : [`-${alias}`])],
);

/** The beginning of a help text that fits beside a word in a list. */
export function shortHelp(help: string): string {
  const [clause = ""] = help.split(/;| \(/);
  if (clause.length <= SUMMARY_CHARACTERS_MAX) return clause;
  return `${clause.slice(0, clause.lastIndexOf(" ", SUMMARY_CHARACTERS_MAX - 4))} ...`;
}
