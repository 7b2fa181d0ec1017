import { type Command, COMMANDS, isCommand } from "./commands.ts";
import { type Flag, FLAGS } from "./flag-table.ts";
import { aboutSetting, SETTING_KEYS, settingDefault, valueText } from "./setting-table.ts";
import { PROGRAM } from "../text/program.ts";

const WIDTH = 80;
/** The longest default is an address, which is not wrapped. */
const SETTING_INDENT_MAX = 26;

/** The text of `--help`: that of `ingest`, which is also the bare one, lists the commands and the settings. */
export function helpText(command: Command, version: string): string {
  const { summary } = COMMANDS[command];
  const bare = command === "ingest";
  const usage = bare
    ? `${PROGRAM} [command] [flags]`
    : `${PROGRAM} ${[command, ...argumentOf(command), "[flags]"].join(" ")}`;
  return [
    `${PROGRAM} ${version}: ${bare ? "rebuilds the BBj documentation corpus for retrieval" : summary.toLowerCase()}`,
    "",
    `Usage: ${usage}`,
    ...(bare
      ? ["", "Commands:", ...columns(commandRows()), "", `Flags of ${command}, the command when none is named:`]
      : []),
    ...flagLines(command),
    "",
    "Priority: flag, environment (BBJ_RAG_X for the setting x, in upper case),",
    "config.toml in the working directory, default.",
    ...(bare ? ["", "Settings:", ...columns(settingRows(), SETTING_INDENT_MAX)] : [`The settings: ${PROGRAM} --help`]),
    "",
    "Exit codes:",
    ...columns(EXIT_CODES),
    "",
  ].join("\n");
}

type Row = readonly [string, string];

const EXIT_CODES: readonly Row[] = [
  ["0", "done, everything is stored"],
  [
    "1",
    "something failed or could not be read, the summary says what; of eval: a figure is below its floor or the baseline",
  ],
  ["2", "could not start; nothing was changed"],
  ["130", "interrupted"],
];

function commandRows(): Row[] {
  const names = Object.keys(COMMANDS).filter(isCommand);
  return names.map((name) => [[name, ...argumentOf(name)].join(" "), COMMANDS[name].summary]);
}

/** What follows a command: in quotes, for it may have blanks. */
function argumentOf(command: Command): string[] {
  const about = COMMANDS[command];
  if (about.argument === "") return [];
  return ["optional" in about ? `["${about.argument}"]` : `"${about.argument}"`];
}

function flagLines(command: Command): string[] {
  const flags = FLAGS.filter(({ commands }) => commands.includes(command));
  const groups = Map.groupBy(flags, ({ group }) => group);
  return [...groups].flatMap(([group, members]) => ["", `${group}:`, ...columns(members.map(flagRow))]);
}

function flagRow({ alias, name, value, help }: Flag): Row {
  return [`${alias === undefined ? "    " : `-${alias}, `}${name}${value === undefined ? "" : ` ${value}`}`, help];
}

function settingRows(): Row[] {
  return SETTING_KEYS.map((key) => [key, `${aboutSetting(key).help} (${valueText(settingDefault(key)) || "unset"})`]);
}

/** Two columns, the second one wrapped at words, and below the first where that is too wide. */
function columns(rows: readonly Row[], indentMax = WIDTH): string[] {
  const indent = Math.min(Math.max(...rows.map(([left]) => left.length)) + 4, indentMax);
  return rows.flatMap(([left, right]) => {
    const lines = Bun.wrapAnsi(right, WIDTH - indent).split("\n");
    const isWide = left.length + 4 > indent;
    const beside = lines.map((line, index) => (index === 0 && !isWide ? `  ${left}` : "").padEnd(indent) + line);
    return isWide ? [`  ${left}`, ...beside] : beside;
  });
}
