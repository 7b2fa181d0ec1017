import { type Command, COMMAND_NAMES, COMMANDS, TOPICS } from "../../config/commands.ts";
import { type Flag, FLAGS } from "../../config/flag-table.ts";
import { PROGRAM } from "../../text/program.ts";
import { flagHelp } from "../help/own-words.ts";
import { type Offer, offerOfCommand, offerOfFlag, shortHelp, VALUE_FLAGS } from "./words.ts";

const FUNCTION = `__${PROGRAM.replaceAll("-", "_")}`;

/** For fish 3.0 and later. */
export function fishCompletions(): string {
  return `# Completions of ${PROGRAM} for fish: ${PROGRAM} completions fish | source

# The command of the line; none before it is written.
function ${FUNCTION}_command
    set -l words (commandline -opc)
    set -l value 0
    for word in $words[2..-1]
        if test $value = 1
            set value 0
            continue
        end
        switch $word
            case ${VALUE_FLAGS.join(" ")}
                set value 1
            case '-*'
            case '*'
                echo $word
                return 0
        end
    end
    return 1
end

function ${FUNCTION}_is
    set -l found (${FUNCTION}_command; or echo ingest)
    contains -- $found $argv
end

function ${FUNCTION}_sources
    set -l words (commandline -opc)
    set -l from
    for i in (seq 2 (count $words))
        switch $words[$i]
            case --config
                set from $words[$i..(math $i + 1)]
            case '--config=*'
                set from $words[$i]
        end
    end
    eval (string escape -- (string replace -r '^~' $HOME $words[1])) completions sources (string escape -- $from) 2>/dev/null </dev/null
end

complete -c ${PROGRAM} -f
${COMMAND_NAMES.map((name) => completion(`-n 'not ${FUNCTION}_command >/dev/null' -a ${name}`, COMMANDS[name].summary)).join("\n")}
${Object.entries(TOPICS)
  .map(([name, summary]) => completion(`-n '${FUNCTION}_is help' -a ${name}`, summary))
  .join("\n")}
${COMMAND_NAMES.flatMap(wordsOf).join("\n")}
${FLAGS.flatMap(flagLines).join("\n")}
`;
}

function completion(words: string, about: string): string {
  return `complete -c ${PROGRAM} ${words} -d ${quoted(about)}`;
}

/** The words behind a command. */
function wordsOf(command: Command): string[] {
  if (command === "help")
    return COMMAND_NAMES.map((name) => completion(`-n '${FUNCTION}_is help' -a ${name}`, COMMANDS[name].summary));
  const offered = offering(offerOfCommand(command));
  return offered === ""
    ? []
    : [`complete -c ${PROGRAM} -n '${FUNCTION}_command >/dev/null; and ${FUNCTION}_is ${command}' ${offered}`];
}

/** A line for all commands that say the same of a flag. */
function flagLines(flag: Flag): string[] {
  const { name, alias, commands } = flag;
  const offer = offerOfFlag(flag);
  const words = [
    ...(alias === undefined ? [] : [`-s ${alias}`]),
    `-l ${name.slice(2)}`,
    ...(offer === undefined ? [] : ["-r", offering(offer, flag.several !== undefined)]),
  ].filter((word) => word !== "");
  const saying = Map.groupBy(commands, (command) => shortHelp(flagHelp(flag, command)));
  return [...saying].map(([help, those]) =>
    completion([`-n '${FUNCTION}_is ${those.join(" ")}'`, ...words].join(" "), help),
  );
}

function offering(offer: Offer, several = false): string {
  switch (offer.kind) {
    case "names": {
      const names = offer.names.join(" ");
      return several ? `-f -a "(__fish_complete_list , 'string split \\" \\" -- \\"${names}\\"')"` : `-f -a '${names}'`;
    }
    case "sources":
      return `-f -a '(${FUNCTION}_sources)'`;
    case "files":
      return "-F";
    case "directories":
      return "-f -a '(__fish_complete_directories (commandline -ct))'";
    case "nothing":
      return "-f";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
