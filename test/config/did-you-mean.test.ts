import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "bun:test";
import { chooseDatabase } from "../../src/config/database-choice.ts";
import { readEvalCases } from "../../src/config/eval-cases.ts";
import { parseCommandLine } from "../../src/config/flags.ts";
import { loadSettings } from "../../src/config/settings.ts";
import { loadSources } from "../../src/config/sources.ts";
import { hintOf } from "../support/plain-call.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { usageErrorOf } from "./usage-error-of.ts";

const ENTRY = '[[sources]]\nname = "manual"\nparser = "mdx"\npaths = ["docs"]\n';

/** What a user wrote, where, and what the answer suggests. */
type Slip = {
  readonly what: string;
  readonly argv?: readonly string[];
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly sources?: string;
  readonly cases?: string;
  readonly suggests: string;
};

const SLIPS: readonly Slip[] = [
  { what: "a command", argv: ["serach", "grid"], suggests: 'did you mean "search"?' },
  { what: "the beginning of a command", argv: ["compl"], suggests: 'did you mean "completions"?' },
  { what: "what another program calls removing", argv: ["rm", "manuals"], suggests: 'did you mean "remove"?' },
  { what: "what another program calls a list", argv: ["list"], suggests: 'did you mean "ls"?' },
  { what: "what another program calls a search", argv: ["find", "grid"], suggests: 'did you mean "search"?' },
  { what: "a question with such a word", argv: ["delete", "a", "record"], suggests: "did you mean to search for it?" },
  { what: "a command to explain", argv: ["help", "ingets"], suggests: 'did you mean "ingest"?' },
  { what: "a command to explain by flag", argv: ["ingets", "--help"], suggests: 'did you mean "ingest"?' },
  { what: "a topic", argv: ["help", "setings"], suggests: 'did you mean "settings"?' },
  { what: "a shell", argv: ["completions", "zhs"], suggests: 'did you mean "zsh"?' },
  { what: "a flag", argv: ["--wrokers", "3"], suggests: 'did you mean "--workers"?' },
  { what: "the beginning of a flag", argv: ["--embed", "x"], suggests: 'did you mean "--embedder"?' },
  { what: "a setting as a flag", argv: ["--embedding-model", "x"], suggests: 'did you mean "--model"?' },
  { what: "a setting without a flag as one", argv: ["--chunk_size=3"], suggests: "BBJ_RAG_CHUNK_SIZE" },
  { what: "an embedder", argv: ["--embedder", "olama"], suggests: 'did you mean "ollama"?' },
  { what: "a mode", argv: ["search", "a", "--mode", "hybird"], suggests: 'did you mean "hybrid"?' },
  { what: "a mode of several", argv: ["eval", "f", "--mode", "text,vectro"], suggests: 'did you mean "vector"?' },
  { what: "a metric", argv: ["eval", "f", "--min", "mr=0.5"], suggests: 'did you mean "mrr"?' },
  { what: "the mode of a floor", argv: ["eval", "f", "--min", "txt:mrr=0.5"], suggests: 'did you mean "text"?' },
  { what: "a source by flag", argv: ["--source", "manaul"], suggests: 'did you mean "manual"?' },
  { what: "a scheme", argv: ["--database-url", "postgress://h/d"], suggests: 'did you mean "postgres"?' },
  { what: "an sslmode", argv: ["--database-url", "postgres://h/d?sslmode=verify-ful"], suggests: '"verify-full"?' },
  { what: "a key of config.toml", config: "chunk_sice = 300", suggests: 'did you mean "chunk_size"?' },
  { what: "a flag's name in config.toml", config: 'model = "m"', suggests: 'did you mean "embedding_model"?' },
  { what: "a key of the other file in config.toml", config: 'data_dir = "x"', suggests: "it belongs in sources.toml" },
  { what: "a value in config.toml", config: 'embedding_provider = "opanai"', suggests: 'did you mean "openai"?' },
  { what: "a variable", env: { BBJ_RAG_CHUNK_SISE: "300" }, suggests: 'did you mean "BBJ_RAG_CHUNK_SIZE"?' },
  { what: "a flag's name in a variable", env: { BBJ_RAG_WORKERS: "3" }, suggests: '"BBJ_RAG_INGEST_WORKERS"?' },
  { what: "a variable's value", env: { BBJ_RAG_EMBEDDING_PROVIDER: "bultin" }, suggests: 'did you mean "builtin"?' },
  { what: "a parser", sources: ENTRY.replace("mdx", "mxd"), suggests: 'did you mean "mdx"?' },
  { what: "a key of an entry", sources: `${ENTRY}generation_tga = "dwc"`, suggests: 'did you mean "generation_tag"?' },
  { what: "a key of sources.toml", sources: `data_dri = "."\n${ENTRY}`, suggests: 'did you mean "data_dir"?' },
  { what: "a setting in sources.toml", sources: `chunk_size = 300\n${ENTRY}`, suggests: "belongs in config.toml" },
  { what: "a setting in an entry", sources: `${ENTRY}pdf_timeout = 3`, suggests: "belongs in config.toml" },
  { what: "a key of a question", cases: '{"query":"a","expct":[]}', suggests: 'did you mean "expect"?' },
];

test.each(SLIPS.map((slip) => [slip.what, slip] as const))("%s that is misspelt is told what was meant", (_, slip) => {
  expect(said(slip)).toContain(slip.suggests);
});

test.each([
  [["how", "do", "I", "sort", "a", "grid?"], "run bbj-ingest-all search 'how do I sort a grid?'"],
  [["how do I sort a grid?", "-q"], "run bbj-ingest-all search 'how do I sort a grid?'"],
  [["serach", "sort", "a", "grid"], "run bbj-ingest-all search sort a grid"],
  [["serach"], "run bbj-ingest-all search TEXT"],
  [["sources-new.toml"], "run bbj-ingest-all --config sources-new.toml"],
  [["settings"], "run bbj-ingest-all help settings"],
  [["help", "serach"], "run bbj-ingest-all help search"],
  [["serach", "--help"], "run bbj-ingest-all help search"],
  [["completions"], "run bbj-ingest-all completions bash"],
  [["grid"], "run bbj-ingest-all --help"],
])("for %j the line that was meant is printed", (argv, hint) => {
  expect(hintOf(usageErrorOf(() => parseCommandLine(argv, { interactiveTerminal: false })))).toBe(hint);
});

test("a password in a stray word is repeated in no suggestion", () => {
  const error = usageErrorOf(() => parseCommandLine(["postgres://u:hunter 2@h/db"], { interactiveTerminal: false }));
  expect(`${error.message} ${hintOf(error)}`).not.toContain("hunter");
});

/** All that the program says of it. */
function said({ argv, config, env = {}, sources, cases }: Slip): string {
  using directory = temporaryDirectory();
  const cwd = directory.path;
  mkdirSync(join(cwd, "docs"));
  writeFileSync(join(cwd, "config.toml"), config ?? "");
  writeFileSync(join(cwd, "sources.toml"), sources ?? ENTRY);
  try {
    writeFileSync(join(cwd, "cases.jsonl"), cases ?? "");
    if (cases !== undefined) return JSON.stringify(readEvalCases("cases.jsonl", cwd));
    const { flags } = parseCommandLine(argv ?? [], { interactiveTerminal: false });
    const { settings, origins, warnings } = loadSettings({ flags, env, cwd });
    chooseDatabase(settings, origins, { cwd, env });
    return [...warnings, ...loadSources({ flags, env, cwd }).warnings].join("\n");
  } catch (error) {
    return error instanceof Error ? error.message : "";
  }
}
