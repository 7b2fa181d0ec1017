import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readEvalCases } from "../../src/config/eval-cases.ts";
import { usageErrorOf } from "./usage-error-of.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

function read(content: string | Uint8Array, name = "cases.jsonl") {
  using directory = temporaryDirectory();
  writeFileSync(join(directory.path, name), content);
  return readEvalCases(name, directory.path);
}

function problem(content: string | Uint8Array, name?: string): string {
  return usageErrorOf(() => read(content, name)).message;
}

const GRID = { id: "grid", query: "how do I sort rows", expect: [{ url_contains: "grid" }] };
const line = (value: unknown) => `${JSON.stringify(value)}\n`;

describe("questions", () => {
  test("are read from JSON Lines, with what may be left out", () => {
    const full = {
      ...{ id: "2", query: "q", generation: "dwc", source: "manual", tags: ["name", "short"] },
      expect: [
        {
          source_url: "a://b",
          title_contains: "t",
          content_contains: "c",
          doc_type: "concept",
          generation: "bui",
          source: "s",
        },
      ],
    };
    const [first, second] = read(line(GRID) + line(full));
    expect(first).toMatchObject({
      id: "grid",
      query: "how do I sort rows",
      tags: [],
      ignore: [],
      expect: [{ urlContains: "grid" }],
    });
    expect(second).toMatchObject({ generation: "dwc", source: "manual", tags: ["name", "short"] });
    expect(second?.expect).toEqual([
      {
        ...{ sourceUrl: "a://b", urlContains: undefined, titleContains: "t", contentContains: "c" },
        ...{ docType: "concept", generations: ["bui"], source: "s" },
      },
    ]);
  });

  test("are read with a byte order mark, CRLF, blank lines and without a last line end", () => {
    expect(read(`\ufeff${JSON.stringify(GRID)}\r\n\r\n${JSON.stringify({ ...GRID, id: "2" })}`)).toHaveLength(2);
  });

  test("are read from a JSON array and from YAML, whatever the file is called", () => {
    const yaml =
      "- id: 1\n  query: how do I sort rows\n  tags: sentence\n  generation:\n  expect:\n    url_contains: grid\n";
    for (const [content, name] of [
      [JSON.stringify([{ ...GRID, id: "1", tags: ["sentence"] }], null, 2), "cases.json"],
      [yaml, "cases.yaml"],
      [yaml, "cases"],
    ] as const) {
      expect(read(content, name)).toMatchObject([{ id: "1", tags: ["sentence"], expect: [{ urlContains: "grid" }] }]);
    }
  });

  test("are read from the readers' validation_cases; a search_type is a tag, the question its own id", () => {
    const cases = read(
      [
        "validation_cases:",
        "  - query: sort rows",
        "    search_type: hybrid",
        "    generation: dwc",
        "    note: of no matter",
        "    expected:",
        "      title_contains: Grid",
        "      generations_contains: dwc",
        "  - query: sort rows",
        "    expected: {url_contains: grid, content_contains: sort, doc_type: concept}",
      ].join("\n"),
      "validation.yaml",
    );
    expect(cases.map(({ id }) => id)).toEqual(["sort rows", "sort rows (2)"]);
    expect(cases[0]).toMatchObject({
      generation: "dwc",
      tags: ["hybrid"],
      expect: [{ titleContains: "Grid", generations: ["dwc"] }],
    });
    expect(cases[1]?.expect).toMatchObject([{ urlContains: "grid", contentContains: "sort", docType: "concept" }]);
  });
});

describe("a file of questions that is wrong", () => {
  test("is named with every mistake: line, id, key and what is allowed", () => {
    const message = problem(
      line({ ...GRID, expct: [] }) +
        line({ id: "two", expect: [{ url_contain: "x" }] }) +
        line({ id: "three", query: "q", expect: [{}] }) +
        line({ id: "four", query: "  ", expect: [] }) +
        line({ id: "five", query: "q", expect: [{ title_contains: ["x"] }] }) +
        line({ ...GRID, id: "six", query: "???" }) +
        line(GRID) +
        line(7),
    );
    expect(message.split("\n")).toEqual([
      "cases.jsonl: 9 problems",
      '  line 1 ("grid"): unknown key "expct"; did you mean "expect"? (keys: expect, id, query, source, tags, ignore, generation)',
      '  line 2 ("two"): query is missing: it must be the question, a text with a word',
      expect.stringContaining(
        '  line 2 ("two"): expect[0]: unknown key "url_contain"; did you mean "url_contains"? (keys: url_contains, title_contains,',
      ),
      '  line 3 ("three"): expect[0] must be a table with at least one of its keys',
      '  line 4 ("four"): query must be the question, a text with a word, not "  "',
      '  line 4 ("four"): expect must be a list of what is expected',
      '  line 5 ("five"): expect[0].title_contains must be a text that is not empty',
      '  line 6 ("six"): query must be the question, a text with a word, not "???"',
      "  line 8: it must be a table with id, query and expect, not 7",
    ]);
  });

  test("has two questions of one id", () => {
    expect(problem(line(GRID) + line(GRID))).toBe('cases.jsonl, line 2: the id "grid" is that of line 1, too');
  });

  test("is no JSON in some line", () => {
    expect(problem(`${line(GRID)}{"id": 1,}\n`)).toBe(
      "cases.jsonl, line 2: not JSON: Property name must be a string literal",
    );
  });

  test("is a JSON array that is broken", () => {
    expect(problem('[\n{"id": 1}\n{"id": 2}\n]')).toBe("cases.jsonl: not JSON: Expected ']'");
  });

  test("has lines that are no JSON where the name says that they are", () => {
    expect(problem(`# mine\n${line(GRID)}`)).toMatch(/^cases\.jsonl, line 1: not JSON: /);
  });

  test("has one table that is no question", () => {
    expect(problem(JSON.stringify({ cases: [GRID] }, null, 2), "cases.json")).toContain('unknown key "cases"');
    expect(read(JSON.stringify(GRID, null, 2), "cases.json")).toMatchObject([{ id: "grid" }]);
  });

  test("is YAML that is nested too deeply", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(problem(deep, "cases.yaml")).toMatch(/^cases\.yaml(, near line 1)?: nested too deeply$/);
  });

  test("is no YAML near some line", () => {
    expect(problem("- id: 1\n  query: a\n- id: 2\n\tquery: b\n- id: 3\n", "cases.yml")).toBe(
      "cases.yml, near line 4: not YAML: Unexpected token",
    );
  });

  test.each([
    ["", "cases.jsonl has no questions", "cases.jsonl"],
    ["\n \n", "cases.jsonl has no questions", "cases.jsonl"],
    ["[]", "cases.jsonl has no questions", "cases.jsonl"],
    ["validation_cases: []", "cases has no questions", "cases"],
    ["just words", "cases must be a list of questions, or have one under validation_cases", "cases"],
    ["validation_cases: 3", "cases must be a list of questions, or have one under validation_cases", "cases"],
    [new Uint8Array([0xff, 0xfe, 0x7b, 0]), "cases.jsonl is not UTF-8 text", "cases.jsonl"],
  ])("is %j", (content, message, name) => {
    expect(problem(content, name)).toBe(message);
  });

  test("is not there, or a directory", () => {
    using directory = temporaryDirectory();
    expect(usageErrorOf(() => readEvalCases("none.jsonl", directory.path)).message).toBe("none.jsonl does not exist");
    expect(usageErrorOf(() => readEvalCases(".", directory.path)).message).toContain("it is a directory");
  });

  test("does not print all of a thousand mistakes, or what stands in them", () => {
    const message = problem(
      Array.from({ length: 1_000 }, (_, id) =>
        line({ id, query: { deep: "x".repeat(9_000) }, expect: GRID.expect }),
      ).join(""),
    );
    expect(message.split("\n")).toHaveLength(22);
    expect(message).toContain("and 980 more");
    expect(message.length).toBeLessThan(4_000);
  });
});
