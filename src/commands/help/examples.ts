import type { Command } from "../../config/commands.ts";
import { PROGRAM } from "../../text/program.ts";

/** What stands behind the program's name, and what it does. */
type Example = readonly [words: string, what: string];

/** Those of the first screen: a corpus without any server, a look before a run, a question. */
export const FIRST_EXAMPLES: readonly Example[] = [
  ["--embedder builtin", "build the corpus, without any server"],
  ["--dry-run", "say what a run would do"],
  ['search "sort a grid"', "ask the corpus"],
];

/** Of each command what people call it for. */
export const EXAMPLES: Readonly<Partial<Record<Command, readonly Example[]>>> = {
  ingest: [
    ["--embedder builtin", "the corpus of sources.toml, without any server"],
    ["--source manuals --workers 8", "one source only, with eight requests in flight"],
    ["--dry-run", "what would be added, kept, removed and embedded"],
    ["--retry-failed", "what failed in the last run"],
    ["--clean --model bge-m3 --dimensions 1024", "everything again, with another model"],
  ],
  search: [
    ['"sort a grid by two columns"', "by meaning and by words"],
    ["BBjGrid.setColumnWidth --mode text", "by words: needs no embedding server"],
    ['"open a file -dialog" --source manuals --limit 3', "one source, a word left out"],
  ],
  eval: [
    ["questions.jsonl", "how often the answer is among the first"],
    ["questions.jsonl --min mrr=0.6", "exit code 1 when it is worse than that"],
    ["new.jsonl --generate 200", "make questions of the corpus, and ask them"],
  ],
  parse: [
    ["--source manuals", "the first documents of a source, and their chunks"],
    ["--limit 0", "how many documents and chunks there are"],
  ],
  report: [["--json", "for a program"]],
  doctor: [["", "what would stop a run, each with what mends it"]],
  serve: [
    ["", "a search page, JSON and MCP on this machine"],
    ["--host 0.0.0.0 --allow-host docs.example.com", "for others, by a name of this machine"],
    ["--check", "for a container: is the one that listens there well?"],
  ],
  mcp: [
    ["--database-url pglite:/home/me/corpus/.bbj-rag", "on stdin and stdout, as a chat client starts it"],
    ["--http 8484", "for clients that connect"],
  ],
  remove: [["manuals --yes", "without asking first"]],
  help: [
    ["search", "all of a command's flags"],
    ["settings", "what config.toml may set"],
  ],
};

/** Lines to paste once into a shell, or its start file. */
export const INSTALLING: Readonly<Partial<Record<Command, readonly string[]>>> = {
  completions: [
    `echo 'source <(${PROGRAM} completions bash)' >> ~/.bashrc`,
    `echo 'source <(${PROGRAM} completions zsh)' >> ~/.zshrc`,
    `echo '${PROGRAM} completions fish | source' >> ~/.config/fish/config.fish`,
  ],
  man: [`mkdir -p ~/.local/share/man/man1 && ${PROGRAM} man > ~/.local/share/man/man1/${PROGRAM}.1`],
};

/** `bbj-ingest-all search ...` */
export function exampleLine(command: Command, words: string): string {
  return [PROGRAM, ...(command === "ingest" ? [] : [command]), words].filter((word) => word !== "").join(" ");
}
