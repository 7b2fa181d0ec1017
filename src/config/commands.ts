/** The commands, in the order of the help text. Another one is one line here, and its name at the flags it takes. */
export const COMMANDS = {
  init: {
    argument: "[DIR]",
    summary: "Look for documents in a folder, write sources.toml and config.toml, and run; asks on a terminal",
  },
  ingest: { argument: "", summary: "Rebuild the corpus from sources.toml; what a call without a command does" },
  search: { argument: "TEXT", needs: "a text", summary: "Find the chunks that answer a question" },
  eval: {
    ...{ argument: "FILE", needs: "a file of questions" },
    summary: "Measure how well search finds what answers the questions of a file",
  },
  parse: { argument: "", summary: "Show what the parsers make of a source, without database and embedder" },
  report: { argument: "", summary: "Say what the corpus consists of, and what looks wrong with it" },
  doctor: {
    argument: "",
    summary: "Say what a run would meet, and what mends it: settings, files, database, embedder",
  },
  remove: {
    ...{ argument: "NAME", needs: "the name of a source" },
    summary: "Remove sources from the corpus, with all that is stored of them",
  },
} as const satisfies Record<string, { readonly argument: string; readonly needs?: string; readonly summary: string }>;

export type Command = keyof typeof COMMANDS;

/** Whether a word of the command line is a command. */
export function isCommand(word: string): word is Command {
  return Object.hasOwn(COMMANDS, word);
}
