import { describe, expect, test } from "bun:test";
import { left, right, table } from "../../src/report/table.ts";

const COLUMNS = [...left("Source"), ...right("Files", "Chunks", "Failed"), ...left("Status")];
const ROWS = [
  ["docs", "1,000", "12,345", "0", "OK"],
  ["bbj-manuals-of-all-generations", "12", "345", "0", "PARTIAL"],
  ["webseiten-日本語ドキュメント", "7", "20", "0", "UNCHANGED"],
  ["9 more: unchanged"],
];
const dispensable = ["Files", "Chunks"];
const linesOf = (text: string) => text.trimEnd().split("\n");
const shown = (width: number | undefined, more: object = {}) =>
  linesOf(table(COLUMNS, ROWS, { width, dispensable, ...more }));

describe("a table", () => {
  test("has all columns and whole names in a pipe, and where there is room", () => {
    const all = [
      "Source                          Files  Chunks  Failed  Status",
      "------------------------------  -----  ------  ------  ---------",
      "docs                            1,000  12,345       0  OK",
      "bbj-manuals-of-all-generations     12     345       0  PARTIAL",
      "webseiten-日本語ドキュメント        7      20       0  UNCHANGED",
      "9 more: unchanged",
    ];
    expect(shown(undefined)).toEqual(all);
    expect(shown(64)).toEqual(all);
  });

  test("is a line a row at whatever width: names lose their middle, then columns go, those first that say nothing", () => {
    expect(shown(60)[0]).toMatch(/^Source +Files +Chunks +Failed +Status$/);
    expect(shown(60)[3]).toMatch(/^bbj-manuals-.*…\S*erations +12 +345 +0 +PARTIAL$/);
    expect(shown(50)[0]).toMatch(/^Source +Files +Chunks +Status$/);
    expect(shown(40)).toEqual([
      "Source                 Chunks  Status",
      "---------------------  ------  ---------",
      "docs                   12,345  OK",
      "bbj-manuals-of…ations     345  PARTIAL",
      "webseiten-日本…メント      20  UNCHANGED",
      "9 more: unchanged",
    ]);
    expect(shown(30)[0]).toMatch(/^Source +Status$/);
    for (let width = 20; width < 64; width++) {
      const lines = shown(width);
      expect({ width, lines: lines.length }).toEqual({ width, lines: 6 });
      expect({ width, wide: lines.filter((line) => Bun.stringWidth(line) > width) }).toEqual({ width, wide: [] });
      expect(new Set(lines).size).toBe(6);
    }
  });

  test("is a block a row where what no reader can do without has no room", () => {
    expect(shown(32, { dispensable: [], wholeNames: true })).toEqual([
      "docs",
      ...["  Files   1,000", "  Chunks  12,345", "  Failed  0", "  Status  OK", ""],
      "bbj-manuals-of-all-generations",
      ...["  Files   12", "  Chunks  345", "  Failed  0", "  Status  PARTIAL", ""],
      "webseiten-日本語ドキュメント",
      ...["  Files   7", "  Chunks  20", "  Failed  0", "  Status  UNCHANGED", ""],
      "9 more: unchanged",
    ]);
  });
});
