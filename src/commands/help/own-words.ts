import type { Command } from "../../config/commands.ts";
import { type Flag, PARSE_LIMIT_DEFAULT, SEARCH_LIMIT_DEFAULT } from "../../config/flag-table.ts";

const RANKS = "what ranks: meaning and words (hybrid), meaning (vector), or words (text)";
const IN_EFFECT = "also the settings in effect";
const LISTENS = "only where it listens, and what failed";
const RESULTS = "only results, and what failed";

/** What a flag does for one command, where the table's words are of several. */
const OWN_WORDS: Readonly<Partial<Record<Command, Readonly<Record<string, string>>>>> = {
  init: { "--yes": "do it without asking: take all that is found, and what works" },
  ingest: {
    "--source": "only this source, even if it is disabled; repeatable",
    "--mode": `of --eval, ${RANKS}; several with commas between (default all)`,
  },
  search: {
    "--source": "only chunks of this source",
    "--mode": `${RANKS}, which needs no embedding server (default hybrid)`,
    "--limit": `how many results (default ${SEARCH_LIMIT_DEFAULT})`,
    "--verbose": IN_EFFECT,
    "--quiet": RESULTS,
  },
  eval: {
    "--mode": `${RANKS}, which needs no embedding server; several with commas between (default all)`,
    "--verbose": `${IN_EFFECT}, and each question with what was found`,
    "--quiet": RESULTS,
  },
  parse: {
    "--source": "only this source, even if it is disabled; repeatable",
    "--limit": `how many documents are shown (default ${PARSE_LIMIT_DEFAULT}; 0: only the counts)`,
    "--verbose": IN_EFFECT,
    "--quiet": "only the counts, and what failed",
  },
  status: { "--verbose": IN_EFFECT, "--quiet": RESULTS },
  ls: { "--verbose": IN_EFFECT, "--quiet": RESULTS },
  show: {
    "--source": "the document of this source, where several have one of that address",
    "--verbose": IN_EFFECT,
    "--quiet": RESULTS,
  },
  report: { "--verbose": IN_EFFECT, "--quiet": RESULTS },
  doctor: { "--verbose": "also each setting that is as it is by default", "--quiet": "only what is to be mended" },
  remove: { "--yes": "do it without asking", "--verbose": IN_EFFECT, "--quiet": "nothing when all is well" },
  serve: { "--verbose": `${IN_EFFECT}, and a line for each answer`, "--quiet": LISTENS },
  mcp: { "--verbose": IN_EFFECT, "--quiet": LISTENS },
};

/** What the help of a command, and its completions, say of a flag. */
export function flagHelp({ name, help }: Flag, command: Command): string {
  return OWN_WORDS[command]?.[name] ?? help;
}
