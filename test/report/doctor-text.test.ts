import { expect, test } from "bun:test";
import type { Finding } from "../../src/report/doctor-lines.ts";
import { doctorSections, doctorVerdict } from "../../src/report/doctor-text.ts";

const about = { area: "embedder", what: "model" } as const;
const FINE: Finding = { ...about, state: "ok", detail: "ollama m" };
const COMMAND = `bbj-ingest-all --config ${"x".repeat(90)} --clean`;

test("a finding is a line with a mark, and what mends it stands whole below", () => {
  const missing: Finding = {
    ...about,
    what: "http://gpu:11434",
    state: "problem",
    detail: "it is not there",
    remedy: COMMAND,
  };
  expect(doctorSections([FINE, missing], 80).split("\n")).toEqual([
    "Embedder",
    "  ok       model             ollama m",
    "  problem  http://gpu:11434  it is not there",
    `           ${COMMAND}`,
    "",
    "",
  ]);
});

test("what is not for a shell says where it is pasted", () => {
  const lines = (finding: Partial<Finding>) => doctorSections([{ ...FINE, ...finding }]).split("\n");
  expect(lines({ remedy: "GRANT a TO b;\nGRANT c TO d;", into: "psql", hint: "first of all" }).slice(2)).toEqual([
    "           first of all",
    "           in psql, as the owner or a superuser:",
    "           GRANT a TO b;",
    "           GRANT c TO d;",
    "",
    "",
  ]);
  expect(lines({ remedy: "a = 1", into: "config.toml" })).toContain("           in config.toml:");
});

test("a label that is longer than its column has a line of its own, and what is said of it keeps its column", () => {
  const long: Finding = { ...FINE, what: "bbj-language-server-bbj-source", detail: "97 files" };
  expect(doctorSections([FINE, long, FINE], 80).split("\n")).toEqual([
    "Embedder",
    "  ok       model  ollama m",
    "  ok       bbj-language-server-bbj-source",
    "                  97 files",
    "  ok       model  ollama m",
    "",
    "",
  ]);
});

test("long words are broken at any width but those that are pasted", () => {
  const long: Finding = {
    ...about,
    what: "a label longer than eighteen",
    state: "note",
    detail: `${"word ".repeat(40)}${"y".repeat(50)}`,
  };
  for (const columns of [30, 40, 80, 200]) {
    const text = doctorSections([FINE, long], columns);
    for (const line of text.split("\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(Math.min(columns, 100));
    expect(text.replace(/\s+/g, " ")).toMatch(/note a label longer than eighteen:? word word/);
  }
});

test("a control character is shown, and not obeyed", () => {
  expect(doctorSections([{ ...FINE, what: "a\x1b[31m", detail: "b\x07" }])).not.toMatch(/[\x1b\x07]/);
});

test("the last line sums up", () => {
  expect(doctorVerdict([FINE])).toBe("A run can start: 1 ok\n");
  expect(doctorVerdict([FINE, { ...FINE, state: "warning" }, { ...FINE, state: "note" }])).toBe(
    "A run can start: 1 warning, 1 note, 1 ok\n",
  );
  expect(
    doctorVerdict([
      { ...FINE, state: "problem" },
      { ...FINE, state: "problem" },
    ]),
  ).toBe("A run would stop: 2 problems, 0 ok\n");
});
