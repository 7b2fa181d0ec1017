import { PROGRAM } from "../../text/program.ts";
import { type Command, COMMAND_NAMES } from "../../config/commands.ts";
import { flagsOf, type Offer, offerOfCommand, offerOfFlag, takesSeveral, VALUE_FLAGS } from "./words.ts";

const FUNCTION = `_${PROGRAM.replaceAll("-", "_")}`;

/** For bash 3.2, as macOS has it, and all later ones; needs no package beside it. */
export function bashCompletions(): string {
  return `# Completions of ${PROGRAM} for bash: source <(${PROGRAM} completions bash)

# Candidates that begin with the word, each of a line of stdin, quoted where the shell needs it.
${FUNCTION}_offer() {
  local line
  while IFS= read -r line; do
    [[ $line == "$1"* ]] && COMPREPLY+=("$line")
  done
}

${FUNCTION}_sources() {
  local cur=$1 line program=\${COMP_WORDS[0]/#\\~/$HOME} i
  local -a from=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      --config)
        line=\${COMP_WORDS[i + 1]}
        [[ $line == = ]] && line=\${COMP_WORDS[i + 2]}
        from=(--config "\${line/#\\~/$HOME}")
        ;;
    esac
  done
  # A quote that is open stays as it is.
  local plain=\${cur#[\\"\\']}
  while IFS= read -r line; do
    [[ $line == "\${plain//\\\\/}"* ]] || continue
    [[ $plain == "$cur" ]] && printf -v line %q "$line"
    COMPREPLY+=("$line")
  done < <("$program" completions sources "\${from[@]}" 2>/dev/null </dev/null)
}

${FUNCTION}_files() {
  # The shell's own way, which knows quotes and homes; where there is none, names as they are.
  compopt -o default 2>/dev/null && return
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$2" -- "$1")
}

${FUNCTION}_directories() {
  compopt -o dirnames 2>/dev/null && return
  ${FUNCTION}_files "$1" -d
}

${FUNCTION}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev= command= word i
  COMPREPLY=()
  ((COMP_CWORD > 0)) && prev=\${COMP_WORDS[COMP_CWORD - 1]}
  # "=" is a word of its own.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]] && ((COMP_CWORD > 1)); then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
${caseOf(VALUE_FLAGS, "      ", [`[[ \${COMP_WORDS[i + 1]} == = ]] && ((i++))`, "((i++))"])}
      -*) ;;
      *)
        command=$word
        break
        ;;
    esac
  done

  case \${command:-ingest} in
${COMMAND_NAMES.map(commandCase).join("\n")}
  esac
}

complete -F ${FUNCTION} ${PROGRAM}
`;
}

/** What is offered behind a command, or before one. */
function commandCase(command: Command): string {
  const flags = flagsOf(command);
  const valued = flags.flatMap((flag) => {
    const offer = offerOfFlag(flag);
    const words = flag.alias === undefined ? [flag.name] : [flag.name, `-${flag.alias}`];
    return offer === undefined
      ? []
      : [caseOf(words, "        ", [offering(offer, takesSeveral(flag, command)), "return"])];
  });
  const names = flags.flatMap(({ name, alias }) => [name, ...(alias === undefined ? [] : [`-${alias}`])]);
  const first = command === "ingest" ? "[[ -n $command ]] || " : undefined;
  return [
    `    ${command})`,
    ...(valued.length === 0 ? [] : ["      case $prev in", ...valued, "      esac"]),
    "      if [[ $cur == -* ]]; then",
    `        ${offering({ kind: "names", names }, false)}`,
    ...(first === undefined
      ? ["      else", `        ${offering(offerOfCommand(command), false)}`]
      : ["      elif [[ -z $command ]]; then", `        ${offering({ kind: "names", names: COMMAND_NAMES }, false)}`]),
    "      fi",
    "      ;;",
  ].join("\n");
}

function offering(offer: Offer, several: boolean): string {
  switch (offer.kind) {
    case "names": {
      const list = offer.names.map((name) => `'${name}'`).join(" ");
      if (!several) return `${FUNCTION}_offer "$cur" < <(printf '%s\\n' ${list})`;
      return `[[ $cur == *,* ]] && word=\${cur%,*}, || word=; ${FUNCTION}_offer "$cur" < <(printf "\${word//%/%%}%s\\n" ${list})`;
    }
    case "sources":
      return `${FUNCTION}_sources "$cur"`;
    case "files":
      return `${FUNCTION}_files "$cur" -f`;
    case "directories":
      return `${FUNCTION}_directories "$cur"`;
    case "nothing":
      return ":";
  }
}

function caseOf(words: readonly string[], indent: string, lines: readonly string[]): string {
  return [`${indent}${words.join(" | ")})`, ...lines.map((line) => `${indent}  ${line}`), `${indent}  ;;`].join("\n");
}
