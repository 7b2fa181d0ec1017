import { PROGRAM } from "../../text/program.ts";
import { argumentText, type Command, COMMAND_NAMES, COMMANDS, TOPICS } from "../../config/commands.ts";
import type { Flag } from "../../config/flag-table.ts";
import { flagHelp } from "../help/own-words.ts";
import { flagsOf, type Offer, offerOfCommand, offerOfFlag, shortHelp, takesSeveral, VALUE_FLAGS } from "./words.ts";

const FUNCTION = `_${PROGRAM}`;

/** For zsh's completion system, as a file of `fpath` or sourced behind `compinit`. */
export function zshCompletions(): string {
  return `#compdef ${PROGRAM}
# Completions of ${PROGRAM} for zsh: source <(${PROGRAM} completions zsh), behind compinit

${FUNCTION}_commands() {
  local -a commands=(
${COMMAND_NAMES.map((name) => `    ${quoted(`${name}:${COMMANDS[name].summary}`)}`).join("\n")}
  )
  _describe -t commands command commands
}

${FUNCTION}_topics() {
  local -a topics=(
${Object.entries(TOPICS)
  .map(([name, summary]) => `    ${quoted(`${name}:${summary}`)}`)
  .join("\n")}
  )
  ${FUNCTION}_commands
  _describe -t topics topic topics
}

${FUNCTION}_sources() {
  local program=\${~words[1]} i
  local -a names from
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      --config) from=(--config "\${(Q)words[i + 1]}") ;;
      --config=*) from=("\${(Q)words[i]}") ;;
    esac
  done
  names=("\${(@f)$("$program" completions sources "\${from[@]}" 2>/dev/null </dev/null)}")
  compadd -X source -a names
}

${FUNCTION}() {
  local command=ingest named= i
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      ${VALUE_FLAGS.join("|")}) ((i++)) ;;
      -*) ;;
      *)
        command=$words[i]
        named=1
        break
        ;;
    esac
  done
  if [[ -z $named ]]; then
    _arguments -s -S ${specs("ingest").join(" ")} '1:command:${FUNCTION}_commands'
    return
  fi
  case $command in
${COMMAND_NAMES.map(
  (name) => `    ${name}) _arguments -s -S ${[...specs(name), "'1:command:'", words(name)].join(" ")} ;;`,
).join("\n")}
  esac
}

# Either this file is the function of fpath that is called now, or it was sourced.
if [[ $funcstack[1] == ${FUNCTION} ]]; then
  ${FUNCTION} "$@"
elif (( $+functions[compdef] )); then
  compdef ${FUNCTION} ${PROGRAM}
fi
`;
}

function specs(command: Command): string[] {
  return flagsOf(command).flatMap((flag) => {
    const { name, alias } = flag;
    const repeated = flag.ofSource ? "*" : "";
    const about = `[${escaped(shortHelp(flagHelp(flag, command)))}]${valueSpec(flag, command)}`;
    if (alias === undefined) return [quoted(`${repeated}${name}${flag.value === undefined ? "" : "="}${about}`)];
    return [name, `-${alias}`].map((word) => quoted(`(-${alias} ${name})${word}${about}`));
  });
}

function valueSpec(flag: Flag, command: Command): string {
  const offer = offerOfFlag(flag);
  return offer === undefined ? "" : `:${escaped(flag.value ?? "")}:${action(offer, takesSeveral(flag, command))}`;
}

/** The words behind a command. */
function words(command: Command): string {
  const topics = command === "help" ? `${FUNCTION}_topics` : undefined;
  return quoted(`*:${escaped(argumentText(command))}:${topics ?? action(offerOfCommand(command), false)}`);
}

function action(offer: Offer, several: boolean): string {
  switch (offer.kind) {
    case "names":
      return several ? `_sequence compadd - ${offer.names.join(" ")}` : `(${offer.names.join(" ")})`;
    case "sources":
      return `${FUNCTION}_sources`;
    case "files":
      return "_files";
    case "directories":
      return "_files -/";
    case "nothing":
      return " ";
  }
}

/** Without what means something to `_arguments`. */
function escaped(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
