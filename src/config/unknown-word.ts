import type { Hint } from "../flow/errors.ts";
import { hasWord } from "../text/words.ts";
import { type Command, COMMAND_NAMES, COMMANDS, isCommand, isTopic } from "./commands.ts";
import { nearest, unknownOf } from "./nearest.ts";
import { shownValue, withoutPassword } from "./problems.ts";

/** What other programs call a command. */
const CALLED_ELSEWHERE: Readonly<Record<string, Command>> = {
  rm: "remove",
  delete: "remove",
  list: "ls",
  find: "search",
};

/** What is wrong with a first word that is no command, and the command line that was probably meant. */
export function unknownWord(word: string, others: readonly string[]): { problem: string; hint: Hint } {
  const question = [word, ...others].join(" ");
  // A URL with a password must not be repeated.
  const isQuestion = /\s/.test(question.trim()) && hasWord(question) && withoutPassword(question) === question;
  // With more words such a one begins a question.
  const same = others.length <= 1 && Object.hasOwn(CALLED_ELSEWHERE, word) ? CALLED_ELSEWHERE[word] : undefined;
  const near = same ?? nearest(word, COMMAND_NAMES);
  // "how" is no misspelt "show" where a question follows.
  if (
    near !== undefined &&
    isCommand(near) &&
    !(same === undefined && isQuestion && near[0] !== word[0]?.toLowerCase())
  ) {
    const words = others.length === 0 && "needs" in COMMANDS[near] ? [COMMANDS[near].argument] : others;
    return {
      problem: `unknown command ${shownValue(word)}; did you mean "${near}"?`,
      hint: (call) => `run ${call.again([near, "--", ...words])}`,
    };
  }
  if (isQuestion) {
    const problem = `unknown command ${shownValue(question)}; did you mean to search for it?`;
    return { problem, hint: (call) => `run ${call.again(["search", "--", question])}` };
  }
  if (isTopic(word)) return { problem: unknown(word), hint: (call) => `run ${call.again(["help", word])}` };
  // Files are named by a flag.
  if (/\.toml$/i.test(word) && others.length === 0)
    return { problem: unknown(word), hint: (call) => `run ${call.again([`--config=${word}`])}` };
  return { problem: unknown(word), hint: (call) => `run ${call.again(["--help"])}` };
}

function unknown(word: string): string {
  return unknownOf("command", word, COMMAND_NAMES);
}
