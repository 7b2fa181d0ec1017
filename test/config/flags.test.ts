import { hintOf } from "../support/plain-call.ts";
import { describe, expect, test } from "bun:test";
import { parseCommandLine } from "../../src/config/flags.ts";
import { usageErrorOf } from "./usage-error-of.ts";

const parse = (...argv: string[]) => parseCommandLine(argv, { interactiveTerminal: true });

describe("what is read", () => {
  test("no arguments mean ingest without flags", () => {
    expect(parse()).toEqual({ command: "ingest", flags: {}, positionals: [] });
  });

  test.each([
    [["--config", "a.toml"], { config: "a.toml" }],
    [["--config=a=b.toml"], { config: "a=b.toml" }],
    [["--config=-a.toml"], { config: "-a.toml" }],
    [["--config", "a.toml", "--config", "b.toml"], { config: "b.toml" }],
    [["ingest", "--source", "pdf", "--source=mdx"], { source: ["pdf", "mdx"] }],
    [["--workers", "3", "--max-delete=0"], { workers: 3, maxDelete: 0 }],
    [["--sequential", "--dry-run"], { sequential: true, dryRun: true }],
    [["--retry-failed"], { retryFailed: true }],
    [["--clean", "--source", "pdf"], { clean: true, source: ["pdf"] }],
    [["--shard", "2/4", "--retry-failed"], { shard: "2/4", retryFailed: true }],
    [["--clean", "--source", "a", "--shard=4/4"], { clean: true, source: ["a"], shard: "4/4" }],
    [["-v", "-i"], { verbose: true, interactive: true }],
    [["-vi"], { verbose: true, interactive: true }],
    [["-q", "--json", "--resume"], { quiet: true, json: true, resume: true }],
    [
      ["--embedder", "openai", "--model", "m", "--dimensions", "256", "--ollama-host", "a,b", "--data-dir", "d"],
      { embedder: "openai", model: "m", dimensions: 256, settings: { ollama_host: "a,b" }, dataDir: "d" },
    ],
    [["--database-url", "pglite:x"], { databaseUrl: "pglite:x" }],
  ])("%j is read", (argv, flags) => {
    expect(parse(...argv)).toMatchObject({ command: "ingest", positionals: [] });
    expect(parse(...argv).flags).toEqual(flags);
  });

  test("search takes a text, and its flags may stand on either side of it", () => {
    const line = parse("--limit", "5", "search", "open a file", "--generation=dwc", "--source", "pdf", "--json");
    expect(line.command).toBe("search");
    expect(line.positionals).toEqual(["open a file"]);
    expect(line.flags).toEqual({ limit: 5, generation: "dwc", source: ["pdf"], json: true });
  });

  test("what narrows a search, and what it ranks by", () => {
    const words = ["--mode", "text", "--doc-type", "api", "--min-score", ".02", "--context=0"];
    expect(parse("search", "a", ...words).flags).toEqual({
      ...{ mode: ["text"], docType: "api", minScore: 0.02, context: 0 },
    });
  });

  test("what follows -- is text, also when it looks like a flag", () => {
    expect(parse("search", "--", "--clean", "-v").positionals).toEqual(["--clean", "-v"]);
  });

  test("help and version are answered whatever else is wrong with flags, and are commands", () => {
    const asked = (command: "help" | "version" | "licenses", ...positionals: string[]) => ({
      command,
      flags: {},
      positionals,
    });
    expect(parse("--workers", "abc", "--help")).toEqual(asked("help"));
    for (const argv of [
      ["search", "-h"],
      ["-h", "search"],
      ["help", "search"],
      ["search", "a", "--bogus", "-h"],
    ])
      expect(parse(...argv)).toEqual(asked("help", "search"));
    expect(parse("help")).toEqual(asked("help"));
    expect(parse("settings", "--help")).toEqual(asked("help", "settings"));
    for (const argv of [["--bogus", "--version"], ["-V"], ["version"], ["search", "-V"]])
      expect(parse(...argv)).toEqual(asked("version"));
    for (const argv of [["--bogus", "--licenses"], ["licenses"], ["search", "--licenses"]])
      expect(parse(...argv)).toEqual(asked("licenses"));
    expect(parse("--config", "--help")).toEqual(asked("help"));
    // What follows an unknown flag may be its value.
    expect(parse("--bogus", "value", "--help")).toEqual(asked("help"));
  });
});

describe("what is refused", () => {
  test.each([
    [["--wrokers", "3"], 'unknown flag "--wrokers"; did you mean "--workers"?'],
    [["--retry_failed"], 'unknown flag "--retry_failed"; did you mean "--retry-failed"?'],
    [["-verbose"], 'unknown flag "-verbose"; did you mean "--verbose"?'],
    [["-x"], 'unknown flag "-x"'],
    [
      ["search", "sort", "-grid"],
      'unknown flag "-grid"; a word to leave out is in quotes with the question: "sort -grid"',
    ],
    [["--zzzzzz"], 'unknown flag "--zzzzzz"'],
    [["help", "search", "eval"], 'unexpected argument "eval"'],
    [["help", "--clean"], '--clean is a flag of "ingest", not of "help"'],
    [["version", "now"], 'unexpected argument "now"'],
    [["man", "--verbose"], '"man" has no flag --verbose'],
    [["ingest", "pdf"], 'unexpected argument "pdf"'],
    [["search"], "search needs a text"],
    [["search", " "], "search needs a text"],
    [["--workers", "abc"], '--workers must be a positive integer, not "abc"'],
    [["--workers", "0"], '--workers must be a positive integer, not "0"'],
    [["--workers", "-1"], '--workers must be a positive integer, not "-1"'],
    [["--workers=4.5"], '--workers must be a positive integer, not "4.5"'],
    [["--workers=1e3"], '--workers must be a positive integer, not "1e3"'],
    [["--workers=99999999999999999999"], '--workers must be a positive integer, not "99999999999999999999"'],
    [["--dimensions", "x"], '--dimensions must be a positive integer, not "x"'],
    [["search", "a", "--limit", "-1"], '--limit must be a non-negative integer, not "-1"'],
    [["--max-delete", "-1"], '--max-delete must be a non-negative integer, not "-1"'],
    [["--max-delete="], '--max-delete must be a non-negative integer, not ""'],
    [["--shard", "0/4"], '--shard must be a part and how many there are, from 1/N to N/N, N at most 1000, not "0/4"'],
    [["--shard", "5/4"], '--shard must be a part and how many there are, from 1/N to N/N, N at most 1000, not "5/4"'],
    [["--shard=x"], '--shard must be a part and how many there are, from 1/N to N/N, N at most 1000, not "x"'],
    [["--shard"], "--shard needs a value: --shard I/N"],
    [["parse", "--shard", "1/2"], '--shard is a flag of "ingest", not of "parse"'],
    [["--config"], "--config needs a value: --config PATH"],
    [["--config", "--clean"], "--config needs a value: --config PATH"],
    [["--config="], '--config must be a text that is not empty, not ""'],
    [["--json=1"], "--json takes no value"],
    [["search", "a", "--clean"], '--clean is a flag of "ingest", not of "search"'],
    [["search", "a", "--source", "b", "--source", "c"], "search takes one --source"],
    [["search", "a", "--mode", "text", "--mode", "words"], '--mode must be hybrid, vector or text, not "words"'],
    [
      ["--mode", "vektor", "search", "a"],
      '--mode must be hybrid, vector or text, not "vektor"; did you mean "vector"?',
    ],
    [
      ["eval", "a.jsonl", "--mode", "text,words"],
      '--mode must be hybrid, vector or text, or several of them with commas between, not "text,words"',
    ],
    [["search", "a", "--mode", "text,vector"], "search takes one --mode"],
    [["search", "a", "--mode="], '--mode must be hybrid, vector or text, not ""'],
    [["search", "a", "--min-score", "70%"], '--min-score must be a number from 0 to 1, not "70%"'],
    [["search", "a", "--min-score", "1.5"], '--min-score must be a number from 0 to 1, not "1.5"'],
    [["search", "a", "--min-score", "-0.1"], '--min-score must be a number from 0 to 1, not "-0.1"'],
    [["serve", "--port", "65536"], '--port must be a port, from 0 to 65535, not "65536"'],
    [
      ["serve", "--allow-host", "docs.example.com:80"],
      '--allow-host must be a host name without a port, e.g. docs.example.com, not "docs.example.com:80"',
    ],
    [["search", "a", "--context", "-1"], '--context must be a non-negative integer, not "-1"'],
    [["search", "???"], 'search needs a text with a word: "???" has none'],
    [["search", "a", "--limit", "0"], "search shows at least one result: --limit must be a positive integer"],
    [["parse", "--database-url", "pglite:x"], '"parse" has no flag --database-url'],
    [["parse", "--model", "m"], '"parse" has no flag --model'],
    [["report", "--embedder", "lexical"], '"report" has no flag --embedder'],
    [["report", "--ollama-host", "h"], '"report" has no flag --ollama-host'],
    [["remove", "a", "--dimensions", "3"], '"remove" has no flag --dimensions'],
    [["parse", "--limit", "0", "--full"], "--full shows documents, and --limit 0 none"],
    [["parse", "--limit", "2", "-q"], "--limit shows documents, and --quiet none"],
    [["-vx"], 'unknown flag "-vx"'],
    [["--limit", "3"], '--limit is a flag of "search" and "parse", not of "ingest"'],
  ])("%j is refused", (argv, message) => {
    const error = usageErrorOf(() => parse(...argv));
    expect(error.message).toBe(message);
    expect(hintOf(error)).toMatch(/^run bbj-ingest-all (\w+ )?(--help|TEXT|NAME)$/);
  });

  test.each([
    [["--clean", "--retry-failed"]],
    [["--clean", "--resume"]],
    [["--clean", "--dry-run"]],
    [["--retry-failed", "--resume"]],
    [["--sequential", "--workers", "1"]],
    [["-v", "-q"]],
    [["--json", "--interactive"]],
    [["--max-delete", "3", "--retry-failed"]],
    [["parse", "--full", "-q"]],
    [["--interactive", "--clean"]],
    [["--interactive", "--retry-failed"]],
    [["--interactive", "--resume"]],
    [["--interactive", "--shard", "1/2"]],
    [["--clean", "--shard", "1/2"]],
  ])("%j contradict each other", (argv) => {
    expect(usageErrorOf(() => parse(...argv)).message).toContain("cannot be combined with");
  });

  test("--interactive needs a terminal", () => {
    expect(parse("-i").flags).toEqual({ interactive: true });
    const error = usageErrorOf(() => parseCommandLine(["-i"], { interactiveTerminal: false }));
    expect(error.message).toContain("--interactive asks what to do, and this is no terminal");
  });

  test("all mistakes are named together", () => {
    const { message } = usageErrorOf(() =>
      parse("--workers", "abc", "--limit", "3", "--clean", "--resume", "--cofnig"),
    );
    expect(message.split("\n")).toEqual([
      "command line: 4 problems",
      '  --workers must be a positive integer, not "abc"',
      '  unknown flag "--cofnig"; did you mean "--config"?',
      '  --limit is a flag of "search" and "parse", not of "ingest"',
      expect.stringContaining("--clean cannot be combined with --resume"),
    ]);
  });

  test("a password is not repeated, neither of a misspelt flag nor of a stray word", () => {
    for (const argv of [
      ["--databse-url", "postgres://u:hunter2@h/db"],
      ["--databse-url=postgres://u:hunter2@h/db"],
      ["postgres://u:hunter2@h/db"],
      ["ingest", "postgres://u:hunter 2@x@h/db"],
    ]) {
      expect(usageErrorOf(() => parse(...argv)).message).not.toMatch(/hunter/);
    }
  });
});
