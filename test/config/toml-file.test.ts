import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readTomlFile } from "../../src/config/toml-file.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { usageErrorOf } from "./usage-error-of.ts";

function messageFor(text: string): string {
  using directory = temporaryDirectory();
  const path = join(directory.path, "config.toml");
  writeFileSync(path, text);
  return usageErrorOf(() => readTomlFile(path, "config.toml")).message;
}

const NEVER_ENDS = "the string that begins here never ends: its closing quote is missing";

describe("what is no TOML is named, with its line and column", () => {
  test.each([
    ['a = 1\nb = "never\nc = 2\n', "2:5", NEVER_ENDS],
    ["b = 'never\r\nc = 2\r\n", "1:5", NEVER_ENDS],
    ['b = "last', "1:5", NEVER_ENDS],
    ['b = ["one", "two]\n', "1:13", NEVER_ENDS],
    ['b = "\\"', "1:5", NEVER_ENDS],
    ['b = """\nnever\nends\n', "1:5", NEVER_ENDS],
    ["b = '''\nnever\nends\n", "1:5", NEVER_ENDS],
    ["[[sources]]\nname = docs\n", "2:8", "a text stands in quotes"],
    ["a = “x”", "1:5", "a text stands in quotes"],
    ["a =\n", "1:4", "no value"],
    ['a = ["x"\nb = 3\n', "2:1", "a comma, or the end of the list or table"],
    ["a = {b = 1\n", "2:1", "a comma, or the end of the list or table"],
    ['a = "C:\\docs"', "1:9", "a backslash is written twice"],
    ['a = "C:\\users"', "1:10", "a backslash is written twice"],
    ["a: 1", "1:2", "a line is KEY = VALUE"],
    ["a = 1\na = 2\n", "2:1", "there twice"],
    ['a = "x\u0001"', "1:7", "control characters"],
  ])("%j", (text, place, problem) => {
    const message = messageFor(text);
    expect(message).toStartWith(`config.toml:${place}: not valid TOML: `);
    expect(message).toContain(problem);
    expect(message).not.toContain("\n");
  });

  test("without a word of the file, which may be a password", () => {
    for (const text of ["db_password = hunter2\n", 'db_password = "hunter2\n', 'db_password = "\\hunter2"\n']) {
      expect(messageFor(text)).not.toContain("hunter2");
    }
  });
});
