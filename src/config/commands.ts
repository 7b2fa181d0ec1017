/** The commands, in the order of the help text. Another one is one line here, and its name at the flags it takes. */
export const COMMANDS = {
  ingest: { argument: "", summary: "Rebuild the corpus from sources.toml; what a call without a command does" },
  search: { argument: "TEXT", needs: "a text", summary: "Find the chunks that answer a question" },
  eval: {
    ...{ argument: "FILE", needs: "a file of questions" },
    summary: "Measure how well search finds what answers the questions of a file",
  },
  parse: { argument: "", summary: "Show what the parsers make of a source, without database and embedder" },
  status: {
    argument: "",
    summary: "Show what the corpus has of each source, when it last ran, and how that differs from sources.toml",
  },
  ls: { ...{ argument: "SOURCE", optional: true }, summary: "List the sources of the corpus, or the documents of one" },
  show: {
    ...{ argument: "ADDRESS|HASH", needs: "an address, or the beginning of a chunk's hash" },
    summary: "Show a document and its chunks as they are stored",
  },
  report: { argument: "", summary: "Say what the corpus consists of, and what looks wrong with it" },
  remove: {
    ...{ argument: "NAME", needs: "the name of a source" },
    summary: "Remove sources from the corpus, with all that is stored of them",
  },
} as const satisfies Record<string, About>;

type About = {
  readonly argument: string;
  /** What it cannot do without, where that is so. */
  readonly needs?: string;
  /** Words may follow it, or not. */
  readonly optional?: true;
  readonly summary: string;
};

export type Command = keyof typeof COMMANDS;

/** Whether a word of the command line is a command. */
export function isCommand(word: string): word is Command {
  return Object.hasOwn(COMMANDS, word);
}
