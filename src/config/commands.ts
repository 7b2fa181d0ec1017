/** The commands, in the order of the help text. Another one is one line here, and its name at the flags it takes. */
export const COMMANDS = {
  init: {
    ...{ argument: "DIR", optional: true },
    summary: "Look for documents in a folder, write sources.toml, and run",
  },
  ingest: { argument: "", summary: "Rebuild the corpus from sources.toml; also without its name" },
  search: { argument: "TEXT", needs: "a text", summary: "Find the chunks that answer a question" },
  eval: {
    ...{ argument: "FILE", needs: "a file of questions" },
    summary: "Measure how well search answers the questions of a file",
  },
  parse: { argument: "", summary: "Show what the parsers make of a source, without a database" },
  status: {
    argument: "",
    summary: "Show each source: its last run, what there is of it, what differs",
  },
  ls: {
    ...{ argument: "SOURCE", optional: true, several: true },
    summary: "List the sources of the corpus, or the documents of one",
  },
  show: {
    ...{ argument: "ADDRESS|HASH", needs: "an address, or the beginning of a chunk's hash" },
    summary: "Show a document and its chunks as they are stored",
  },
  report: { argument: "", summary: "Say what the corpus consists of, and what looks wrong with it" },
  doctor: { argument: "", summary: "Say what a run would meet, and what mends it" },
  remove: {
    ...{ argument: "NAME", several: true, needs: "the name of a source" },
    summary: "Remove sources from the corpus, with all that is stored of them",
  },
  serve: {
    argument: "",
    summary: "Answer questions over HTTP: a search page, JSON for programs, MCP for chat clients",
  },
  mcp: { argument: "", summary: "Answer a chat client by the Model Context Protocol, on stdin and stdout" },
  help: {
    ...{ argument: "COMMAND", optional: true },
    summary: "Explain a command with all of its flags, or the settings",
  },
  version: { argument: "", summary: "Print the version" },
  licenses: { argument: "", summary: "Print the licences of all that is in the executable" },
  completions: {
    ...{ argument: "SHELL", needs: "a shell: bash, zsh or fish" },
    summary: "Print what has a shell complete commands, flags and values",
  },
  man: { argument: "", summary: "Print the manual page" },
} as const satisfies Record<string, About>;

type About = {
  readonly argument: string;
  /** What it cannot do without, where that is so. */
  readonly needs?: string;
  /** Words may follow it, or not. */
  readonly optional?: true;
  /** It takes any number of them. */
  readonly several?: true;
  readonly summary: string;
};

export type Command = keyof typeof COMMANDS;

/** What follows a command in its usage line; "" where nothing does. */
export function argumentText(command: Command): string {
  const about: About = COMMANDS[command];
  const words = `${about.argument}${about.several ? "..." : ""}`;
  return about.optional ? `[${words}]` : words;
}

/** Whether a word of the command line is a command. */
export function isCommand(word: string): word is Command {
  return Object.hasOwn(COMMANDS, word);
}

/** Those that tell of the program itself: they have no flags but `--help`. */
const ABOUT_PROGRAM: ReadonlySet<Command> = new Set(["help", "version", "licenses", "completions", "man"]);

export const COMMAND_NAMES: readonly Command[] = Object.keys(COMMANDS).filter(isCommand);

/** Commands that read settings, sources or the corpus, in the order of the help text. */
export const WORKING: readonly Command[] = COMMAND_NAMES.filter((command) => !ABOUT_PROGRAM.has(command));

/** What `help` explains beside commands. */
export const TOPICS = {
  settings: "what config.toml and the environment may set",
  "exit-codes": "what each exit code means",
} as const satisfies Record<string, string>;

export type Topic = keyof typeof TOPICS;

export function isTopic(word: string): word is Topic {
  return Object.hasOwn(TOPICS, word);
}

/** The words that a command takes, where it does not take any. Names of `sources` are what shells offer for `--source`. */
export const WORDS: Readonly<Partial<Record<Command, { readonly noun: string; readonly known: readonly string[] }>>> = {
  help: { noun: "command", known: [...COMMAND_NAMES, ...Object.keys(TOPICS)] },
  completions: { noun: "completion", known: ["bash", "zsh", "fish", "sources"] },
};
