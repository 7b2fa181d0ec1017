import { expect, test } from "bun:test";
import { ago, cut, dayAndTime, shortened, size } from "../../src/text/words.ts";

const NOW = new Date(2026, 10, 30, 14, 5, 6);
const before = (seconds: number) => ago(new Date(NOW.getTime() - seconds * 1_000), NOW);

test("sizes have three figures at the most, and a unit", () => {
  expect([0, 1, 999, 1_000, 1_234, 99_949, 99_951, 812_345_678, 2e12, 3e15].map(size)).toEqual([
    ...["0 B", "1 B", "999 B", "1.0 kB", "1.2 kB", "99.9 kB", "100 kB", "812 MB", "2.0 TB", "3,000 TB"],
  ]);
});

test("ages are told in the largest unit, and by a date when they are long", () => {
  const hour = 3_600;
  expect([-3, 0, 59.9, 60, hour - 1, hour, 24 * hour - 1, 24 * hour, 48 * hour, 30 * 24 * hour].map(before)).toEqual([
    ...["0 s ago", "0 s ago", "59 s ago", "1 min ago", "59 min ago", "1 h ago", "23 h ago", "1 day ago", "2 days ago"],
    "30 days ago",
  ]);
  expect(before(31 * 24 * hour)).toBe("2026-10-30");
});

test("times are those of where the user is", () => {
  expect(dayAndTime(NOW)).toBe("2026-11-30 14:05");
  expect(dayAndTime(new Date(2026, 0, 2, 3, 4))).toBe("2026-01-02 03:04");
});

test("what is cut is no wider than it may be, whatever its characters", () => {
  for (const part of ["漢字", "a漢字", "👩‍👩‍👧é", "abc"]) {
    for (let columns = 4; columns < 40; columns++) {
      const text = part.repeat(20);
      for (const one of [shortened(text, columns), cut(text, columns), cut(`\x1b[1m${text}\x1b[0m`, columns, "…")])
        expect(Bun.stringWidth(one)).toBeLessThanOrEqual(columns);
    }
  }
});
