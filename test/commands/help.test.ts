import { expect, test } from "bun:test";
import { EXAMPLES, exampleLine, FIRST_EXAMPLES, INSTALLING } from "../../src/commands/help/examples.ts";
import { helpText } from "../../src/commands/help/help-text.ts";
import { COMMANDS, isCommand, TOPICS, WORKING } from "../../src/config/commands.ts";
import { FLAGS } from "../../src/config/flag-table.ts";
import { parseCommandLine } from "../../src/config/flags.ts";
import { environmentName, SETTING_KEYS } from "../../src/config/setting-table.ts";
import { PROGRAM, VERSION } from "../../src/text/program.ts";

const COMMAND_NAMES = Object.keys(COMMANDS).filter(isCommand);
const PIPE = { columns: undefined, bold: false };
const help = (word?: string, columns?: number) => helpText(word, { columns, bold: false });
const hasFlag = (text: string, name: string) => new RegExp(`(^|[ \\n])${name}([ ,\\n]|$)`).test(text);

test("the first screen is at most 50 lines of 80 columns: examples, all commands, ingest's flags, what to type for more", () => {
  const text = helpText(undefined, PIPE);
  const lines = text.trimEnd().split("\n");
  expect(lines.length).toBeLessThanOrEqual(50);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(text).toStartWith(`${PROGRAM} ${VERSION}: `);
  for (const command of COMMAND_NAMES) expect(text).toContain(`\n  ${command} `);
  for (const { name, commands } of FLAGS)
    expect({ name, shown: hasFlag(text, name) }).toEqual({ name, shown: commands.includes("ingest") });
  for (const topic of ["ingest", ...Object.keys(TOPICS)]) expect(text).toContain(`${PROGRAM} help ${topic} `);
  expect(FIRST_EXAMPLES).toHaveLength(3);
});

test.each(COMMAND_NAMES)("the help of %s explains its flags and shows no other", (command) => {
  const text = help(command);
  for (const { name, commands } of FLAGS) {
    const isFlag = new RegExp(`^  (-\\w, |    )${name}( |$)`, "m").test(text);
    expect({ name, isFlag }).toEqual({ name, isFlag: commands.includes(command) });
  }
  expect(text).toContain("Usage: ");
});

test("the settings are shown with their defaults and what sets them, and each exit code is", () => {
  const settings = help("settings");
  for (const key of SETTING_KEYS) {
    expect(settings).toMatch(new RegExp(`^  ${key}( = .+)?$`, "m"));
    expect(settings).toContain(environmentName(key));
  }
  expect(settings).toMatch(/embedding_model = "qwen3-embedding:0\.6b"\n.*\(--model, BBJ_RAG_EMBEDDING_MODEL\)/);
  for (const code of [0, 1, 2, 130]) expect(help("exit-codes")).toMatch(new RegExp(`^  ${code} `, "m"));
});

test.each(WORKING)("the help of %s says of each exit code once what it means", (command) => {
  const [, codes = ""] = help(command).split("Exit codes:\n");
  const said = [...codes.matchAll(/^ {2}(\d+) +\S/gm)].map(([, code]) => code);
  expect(said).toEqual(["0", "1", "2", "130"]);
});

test.each(COMMAND_NAMES)("the help of %s speaks of that command, in an order that is the same for all", (command) => {
  const text = help(command);
  // What is said of others stands in the tables of all flags.
  for (const other of COMMAND_NAMES.filter((name) => name !== command && name !== "ingest" && name !== "help"))
    expect(text.replace(/^[^]*?Usage:/, "")).not.toMatch(new RegExp(`\\b(of|for|but for|and|that) ${other}\\b`));
  const groups = [...text.matchAll(/^([A-Z][a-z ]+):$/gm)].map(([, group = ""]) => group);
  const order = ["Examples", "To install", "Corpus", "Evaluation", "Run", "Serving", "Database and embedder"];
  expect(groups).toEqual([...order, "Output", "Exit codes"].filter((group) => groups.includes(group)));
});

test("an example is a command line that is read", () => {
  const examples = [
    ...COMMAND_NAMES.flatMap((command) => (EXAMPLES[command] ?? []).map(([words]) => exampleLine(command, words))),
  ];
  for (const line of [...examples, ...FIRST_EXAMPLES.map(([words]) => exampleLine("ingest", words))]) {
    const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
    expect(() => parseCommandLine(words.slice(1), { interactiveTerminal: false })).not.toThrow();
  }
});

test.each([40, 60, 80, 100])("at %i columns no line of words is wider", (columns) => {
  const installing = new Set(Object.values(INSTALLING).flat());
  for (const word of [undefined, ...COMMAND_NAMES, ...Object.keys(TOPICS)]) {
    // Lines to paste are whole, and so is an address; a terminal wraps them.
    const wide = help(word, columns)
      .split("\n")
      .filter((line) => line.length > columns && /\S\s+\S/.test(line.slice(0, columns)))
      .filter((line) => !line.startsWith(`  ${PROGRAM} `) && !installing.has(line.trim()));
    expect(wide).toEqual([]);
  }
});

test("on a wide terminal lines end where they can still be read", () => {
  const widest = Math.max(
    ...help("ingest", 250)
      .split("\n")
      .map((line) => line.length),
  );
  expect(widest).toBeGreaterThan(80);
  expect(widest).toBeLessThanOrEqual(100);
});

test("headings stand out where escape codes are read, and nowhere else", () => {
  expect(helpText("search", { columns: 80, bold: true })).toContain("\x1b[1mOutput:\x1b[22m");
  expect(Bun.stripANSI(helpText("search", { columns: 80, bold: true }))).toBe(help("search"));
  expect(help("search")).not.toContain("\x1b");
});
