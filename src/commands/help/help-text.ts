import {
  argumentText,
  type Command,
  COMMANDS,
  isCommand,
  isTopic,
  type Topic,
  TOPICS,
  WORKING,
} from "../../config/commands.ts";
import { type Flag, FLAGS } from "../../config/flag-table.ts";
import { ABOUT, PROGRAM, VERSION } from "../../text/program.ts";
import type { Appearance } from "../appearance.ts";
import { exampleLine, EXAMPLES, FIRST_EXAMPLES, INSTALLING } from "./examples.ts";
import { EXIT_CODES, exitCodesOf, exitCodeText } from "./exit-codes.ts";
import { joined, Layout, type Row } from "./layout.ts";
import { flagHelp } from "./own-words.ts";
import { PRIORITY, SHOWN_SETTINGS } from "./settings.ts";

/** Longer ones stand above what is said of them. */
const FLAG_CHARACTERS_MAX = 24;

/** What `help` prints of a command or a topic; without one the first screen. */
export function helpText(word: string | undefined, appearance: Appearance): string {
  const layout = new Layout(appearance);
  const lines =
    word !== undefined && isCommand(word)
      ? commandLines(word, layout)
      : word !== undefined && isTopic(word)
        ? topicLines(word, layout)
        : rootLines(layout);
  return `${lines.join("\n")}\n`;
}

function rootLines(layout: Layout): string[] {
  return [
    ...layout.paragraph(`${PROGRAM} ${VERSION}: ${ABOUT}`),
    "",
    ...usage(`${PROGRAM} [COMMAND] [FLAGS]`, layout),
    ...layout.section("Examples", layout.rows(exampleRows("ingest", FIRST_EXAMPLES))),
    ...layout.section("Commands", layout.rows(Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary]))),
    ...layout.section("Flags of ingest, by what they are for", layout.rows(flagsByPurpose())),
    ...layout.section(
      "More",
      layout.rows([
        [`${PROGRAM} help ingest`, "what each flag does; so of every command"],
        ...Object.entries(TOPICS).map(([topic, summary]): Row => [`${PROGRAM} help ${topic}`, summary]),
      ]),
    ),
  ];
}

function commandLines(command: Command, layout: Layout): string[] {
  const { summary } = COMMANDS[command];
  const words = [PROGRAM, command === "ingest" ? "[ingest]" : command, argumentText(command), "[FLAGS]"].filter(
    (word) => word !== "",
  );
  const { [command]: examples = [] } = EXAMPLES;
  const { [command]: installing = [] } = INSTALLING;
  const codes = exitCodesOf(command);
  const isWorking = WORKING.includes(command);
  return [
    ...layout.paragraph(`${PROGRAM} ${command}: ${summary[0]?.toLowerCase()}${summary.slice(1)}`),
    "",
    ...usage(words.join(" "), layout),
    ...(examples.length === 0 ? [] : layout.section("Examples", layout.rows(exampleRows(command, examples)))),
    ...(installing.length === 0
      ? []
      : layout.section(
          "To install",
          installing.map((line) => `  ${line}`),
        )),
    ...flagGroups(command).flatMap(([group, flags]) =>
      layout.section(
        group,
        layout.rows(
          flags.map((flag) => flagRow(flag, command)),
          FLAG_CHARACTERS_MAX,
        ),
      ),
    ),
    ...(isWorking
      ? layout.section("Exit codes", layout.rows(codes.map(({ code, meaning }) => [`${code}`, meaning])))
      : []),
    ...(isWorking ? ["", ...layout.paragraph(`${PRIORITY} All settings: ${joined(`${PROGRAM} help settings`)}`)] : []),
  ];
}

function topicLines(topic: Topic, layout: Layout): string[] {
  const title = layout.paragraph(`${PROGRAM} help ${topic}: ${TOPICS[topic]}`);
  if (topic === "settings") return [...title, "", ...layout.paragraph(PRIORITY), "", ...settingLines(layout)];
  const rows = EXIT_CODES.map((one): Row => [`${one.code}`, exitCodeText(one)]);
  return [...title, "", ...layout.rows(rows)];
}

function usage(words: string, layout: Layout): string[] {
  return layout.paragraph(`${layout.heading("Usage:")} ${words}`);
}

function exampleRows(command: Command, examples: readonly Row[]): Row[] {
  return examples.map(([words, what]) => [exampleLine(command, words), what]);
}

/** The flags of a command by their groups, in the order of the table. */
function flagGroups(command: Command): (readonly [string, readonly Flag[]])[] {
  const flags = FLAGS.filter(({ commands }) => commands.includes(command));
  return [...Map.groupBy(flags, ({ group }) => group)];
}

function flagsByPurpose(): Row[] {
  return flagGroups("ingest").map(([group, flags]) => [group, flags.map((flag) => joined(flagWord(flag))).join(", ")]);
}

function flagWord({ name, value }: Flag): string {
  return value === undefined ? name : `${name} ${value}`;
}

function flagRow(flag: Flag, command: Command): Row {
  return [`${flag.alias === undefined ? "    " : `-${flag.alias}, `}${flagWord(flag)}`, flagHelp(flag, command)];
}

function settingLines(layout: Layout): string[] {
  return SHOWN_SETTINGS.flatMap(({ key, value, names, help }) => [
    ...layout.paragraph(`${layout.heading(key)}${value === undefined ? "" : ` = ${value}`}`, 2),
    ...layout.paragraph(`${help} (${names.join(", ")})`, 6),
  ]);
}
