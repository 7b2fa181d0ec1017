import { describe, expect, test } from "bun:test";
import { callOf } from "../../src/config/call.ts";
import { NEEDS } from "../../src/config/flag-rules.ts";
import { FLAGS, flagName } from "../../src/config/flag-table.ts";
import { parseCommandLine, readArguments } from "../../src/config/flags.ts";

const PROGRAM = "program";

const parse = (argv: readonly string[]) => parseCommandLine(argv, { interactiveTerminal: true });
const callWith = (...argv: string[]) => callOf([PROGRAM], readArguments(argv).values);

/** What a shell gives the program of a line, in whose place stands one that shows its words. */
function pasted(line: string, env: Record<string, string> = {}): string[] {
  const { stdout, stderr } = Bun.spawnSync(["sh", "-c", `${PROGRAM}() { printf '%s\\0' "$@"; }\n${line}`], {
    env: { PATH: "/usr/bin:/bin", HOME: "/home/h", ...env },
  });
  expect(stderr.toString()).toBe("");
  return stdout.toString().split("\0").slice(0, -1);
}

const PLACES = ["--config", "--data-dir", "--source", "--database-url", "--model", "--ollama-host"];
const odd = [
  "a b",
  "it's",
  'q"q',
  "$HOME",
  "~/x",
  "-x",
  "*",
  "a\nb",
  "a\tb",
  "`id`",
  "ä;|&",
  "#x",
  "!",
  "\\n%s",
  "a=b",
];

/** The flags that a flag of a run means nothing without. */
function neededBy(name: string): string[] {
  const { needs } = NEEDS.find(({ of, flag }) => of === "ingest" && flagName(flag) === name) ?? {};
  if (needs === undefined) return [];
  return [flagName(needs), ...(needs === "eval" ? ["7"] : []), ...neededBy(flagName(needs))];
}

describe("a command line to paste", () => {
  test.each(odd)("names what was given, in whatever characters: %j", (value) => {
    const given = PLACES.map((flag) => `${flag}=${flag === "--database-url" ? `pglite:${value}` : value}`);
    const { flags } = parse([...given, "--source=other one", "--clean"]);
    expect(parse(pasted(callOf([PROGRAM], flags).again([]))).flags).toEqual(flags);
  });

  test("leaves out what means nothing without a flag that is not in it", () => {
    const call = callWith(
      "--clean",
      "--eval=q.jsonl",
      "--min=mrr=0.5",
      "--baseline=b.json",
      "--tolerance=0.1",
      "--sequential",
    );
    expect(call.again(["--retry-failed"])).toBe(`${PROGRAM} --retry-failed --sequential`);
    expect(call.again(["--clean"], { without: ["--eval"] })).toBe(`${PROGRAM} --clean --sequential`);
    expect(call.again(["eval", "q.jsonl"])).toBe(
      `${PROGRAM} eval q.jsonl --min 'mrr=0.5' --baseline b.json --tolerance 0.1`,
    );
  });

  test("begins with the words the program was called by", () => {
    expect(callOf(["/opt/my tools/bbj-ingest-all"], {}).again(["--clean"])).toBe(
      "'/opt/my tools/bbj-ingest-all' --clean",
    );
    expect(callOf(["bun", "src/cli.ts"], {}).again([])).toBe("bun src/cli.ts ingest");
  });

  test("names the run where nothing else would: the program's name alone asks on a terminal", () => {
    expect(callOf([PROGRAM], {}).again([])).toBe(`${PROGRAM} ingest`);
    expect(callWith("-v").again([])).toBe(`${PROGRAM} ingest`);
    expect(callWith("--resume").again([])).toBe(`${PROGRAM} --resume`);
  });

  test("lets every flag of a run through, but those that ask for something else, or say how much is told", () => {
    // All that are about output, of a run.
    const others = new Set(FLAGS.filter(({ group }) => group === "Output").map(({ name }) => name));
    const flags = FLAGS.filter(({ commands }) => commands.includes("ingest"));
    for (const { name, value } of flags) {
      const text = {
        "--shard": "1/7",
        "--mode": "text",
        "--min": "mrr=0.7",
        "--tolerance": "0.7",
        "--embedder": "lexical",
      }[name];
      const given = value === undefined ? [name] : [name, text ?? "7"];
      const needed = neededBy(name);
      const kept = others.has(name) ? [] : [...given, ...needed];
      const line = callWith(...given, ...needed, "--config", "a").again([]);
      if (name !== "--config") expect(pasted(line).toSorted()).toEqual([...kept, "--config", "a"].toSorted());
    }
  });

  test.each([
    [["--clean", "--source", "a"], ["--retry-failed"], "--retry-failed --source a"],
    [["--resume", "--dry-run", "--config", "c"], ["--clean"], "--clean --config c"],
    [["--workers", "3"], ["--sequential"], "--sequential"],
    [["--source", "a", "--source", "b"], ["--source", "c"], "--source c"],
    [["--max-delete", "1"], ["--max-delete", "9"], "--max-delete 9"],
    [["--shard", "1/2", "--config", "c"], ["--clean"], "--clean --config c"],
    [["--shard", "1/2"], ["--max-delete", "9"], "--max-delete 9 --shard 1/2"],
    [["--model", "a"], ["--model=-b"], "--model='-b'"],
  ])("%j with %j: what is added takes the place of what it contradicts", (given, added, line) => {
    expect(callWith(...given).again(added)).toBe(`${PROGRAM} ${line}`);
  });

  test("of another command has what that one takes", () => {
    const search = callWith("--limit", "3", "--generation", "dwc", "--source", "a", "--database-url", "pglite:x");
    expect(search.again([])).toBe(`${PROGRAM} --source a --database-url pglite:x`);
    expect(search.again([], { without: ["--source"] })).toBe(`${PROGRAM} --database-url pglite:x`);
    expect(callWith("--clean", "--config", "c").again(["search", "open a file"])).toBe(
      `${PROGRAM} search 'open a file' --config c`,
    );
    expect(parse(pasted(callWith("--config", "c").again(["search", "--", "-x"]))).positionals).toEqual(["-x"]);
    expect(callWith("--source", "a", "--config", "c").again(["remove", "--yes", "--", "-x", "a b"])).toBe(
      `${PROGRAM} remove --yes --config c -- '-x' 'a b'`,
    );
    expect(search.again(["search", "--help"])).toBe(`${PROGRAM} search --help`);
  });

  test.each([
    ["--database-url", "postgres://u:hunter2@h:5/d?sslmode=require"],
    ["--database-url", "postgres://h/d?user=u&password=hunter2&sslmode=require"],
    ["--database-url", "postgres://u:hun/ter2@h/d"],
    ["--database-url", "postgres://u:h,unter2,@h/d"],
    ["--ollama-host", "http://u:hunter2@a:1,https://v:hunter2@b/p,c"],
  ])("leaves passwords to variables of the shell: %s %s", (flag, value) => {
    const password = /(?<=u:|password=).*?(?=@|&)/.exec(value)?.[0] ?? "";
    const line = callWith(flag, value).again(["--clean"]);
    expect(line).not.toContain("unter2");
    expect(line).not.toContain("***");
    const env = Object.fromEntries([...line.matchAll(/"\$(\w+)"/g)].map(([, name = ""]) => [name, password]));
    expect(pasted(line, env)).toEqual(["--clean", flag, value]);
  });

  test("names a database whose URL has no password, and a folder with an @, as they were given", () => {
    for (const url of ["postgres://u@h:5432/d", "pglite:a@b", "pglite:x:y@z"]) {
      expect(callWith("--database-url", url).again([])).toBe(`${PROGRAM} --database-url ${url}`);
    }
  });
});
