import { argumentText, COMMANDS, COMMAND_NAMES, isCommand, WORKING } from "../../config/commands.ts";
import { type Flag, FLAGS } from "../../config/flag-table.ts";
import { ABOUT, PROGRAM, VERSION } from "../../text/program.ts";
import { exampleLine, EXAMPLES } from "./examples.ts";
import { EXIT_CODES, exitCodeText } from "./exit-codes.ts";
import { PRIORITY, SHOWN_SETTINGS } from "./settings.ts";

/** The manual page, in the `man` macros of roff, which mandoc and groff read. */
export function manualPage(): string {
  const flags = Map.groupBy(FLAGS, ({ group }) => group);
  return [
    `.TH ${PROGRAM.toUpperCase()} 1 "" ${quoted(`${PROGRAM} ${VERSION}`)} "User Commands"`,
    ".SH NAME",
    `${escaped(PROGRAM)} \\- ${escaped(ABOUT)}`,
    ".SH SYNOPSIS",
    `.B ${escaped(PROGRAM)}`,
    "[\\fICOMMAND\\fR] [\\fIFLAGS\\fR]",
    ".SH DESCRIPTION",
    escaped(
      "Reads the sources that sources.toml names, cuts their documents into chunks, has them embedded, and stores them in " +
        "PostgreSQL with pgvector, or in an embedded database of its own. A second run does only what has changed. " +
        "A call without a command is ingest; on a terminal and without flags it asks what to do.",
    ),
    ".SH COMMANDS",
    ...COMMAND_NAMES.flatMap((name) =>
      entry(`${bold(name)} ${italic(argumentText(name))}`, `${COMMANDS[name].summary}.`),
    ),
    ".SH OPTIONS",
    ...[...flags].flatMap(([group, members]) => [`.SS ${quoted(group)}`, ...members.flatMap(flagEntry)]),
    ".SH SETTINGS",
    escaped(PRIORITY),
    ...SHOWN_SETTINGS.flatMap(({ key, value, names, help }) =>
      entry(`${bold(key)}${value === undefined ? "" : ` = ${escaped(value)}`}`, `${help} (${names.join(", ")})`),
    ),
    '.SH "EXIT STATUS"',
    ...EXIT_CODES.flatMap((one) => entry(bold(`${one.code}`), `${exitCodeText(one)}.`)),
    ".SH EXAMPLES",
    ...Object.entries(EXAMPLES).flatMap(([command, examples]) =>
      examples.flatMap(([words, what]) =>
        isCommand(command) ? entry(bold(exampleLine(command, words)), `${what}.`) : [],
      ),
    ),
    "",
  ].join("\n");
}

function flagEntry({ name, alias, value, help, commands }: Flag): string[] {
  const words = [...(alias === undefined ? [] : [`-${alias}`]), name].map(bold).join(", ");
  const isCommon = WORKING.every((command) => commands.includes(command));
  const owners = isCommon ? "" : ` (${commands.join(", ")})`;
  return entry(`${words}${value === undefined ? "" : ` ${italic(value)}`}`, `${help}${owners}`);
}

function entry(term: string, text: string): string[] {
  return [".TP", term, escaped(text)];
}

function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** An argument of a macro. */
function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', '""')}"`;
}

/** As roff prints it: minus signs that can be pasted, and no line that is a request. */
function escaped(text: string): string {
  const plain = text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti");
  return plain.replace(/^[.']/gm, "\\&$&");
}
