import { expect, test } from "bun:test";
import { COMMANDS } from "../../src/config/commands.ts";
import { FLAGS } from "../../src/config/flag-table.ts";
import { helpText } from "../../src/config/help.ts";
import { SETTING_KEYS } from "../../src/config/setting-table.ts";
import { PROGRAM, VERSION } from "../../src/text/program.ts";

test("the bare help shows ingest's flags and no other, all commands, all settings and the exit codes", () => {
  const help = helpText("ingest", VERSION);
  expect(help).toStartWith(`${PROGRAM} ${VERSION}`);
  for (const { name, commands } of FLAGS) {
    const shown = help.includes(`${name} `) || help.includes(`${name}\n`);
    expect({ name, shown }).toEqual({ name, shown: commands.includes("ingest") });
  }
  for (const command of Object.keys(COMMANDS)) expect(help).toContain(`\n  ${command}`);
  for (const key of SETTING_KEYS) expect(help).toMatch(new RegExp(`\n  ${key}[ \n]`));
  for (const text of ["BBJ_RAG_", "config.toml", "  130  interrupted"]) expect(help).toContain(text);
});

test("search's help shows search's flags", () => {
  const help = helpText("search", VERSION);
  expect(help).toContain('search "TEXT" [flags]');
  expect(help).toContain("--limit N");
  expect(help).not.toContain("--clean");
});

test.each(["ingest", "search"] as const)("the help of %s fits 80 columns", (command) => {
  expect(
    helpText(command, VERSION)
      .split("\n")
      .filter((line) => line.length > 80),
  ).toEqual([]);
});
