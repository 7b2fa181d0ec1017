import { expect, test } from "bun:test";
import { columns, constant, ident, integer, literal, sql } from "../../src/store/driver/sql.ts";
import { onEveryLane } from "../support/databases.ts";

const plain = ({ text, values }: { text: string; values: readonly unknown[] }) => ({ text, values });

test("values become parameters, and never text", () => {
  expect(plain(sql`select ${"'; drop table x"}, ${null}`)).toEqual({
    text: "select $1, $2",
    values: ["'; drop table x", null],
  });
});

test("a statement inside another is numbered with it, wherever and however often it stands", () => {
  const inner = sql`a = ${1} or a = ${2}`;
  expect(plain(sql`${0} ${inner} ${3} ${inner}${sql``}${4}`)).toEqual({
    text: "$1 a = $2 or a = $3 $4 a = $5 or a = $6$7",
    values: [0, 1, 2, 3, 1, 2, 4],
  });
  expect(plain(sql`${inner}`)).toEqual(plain(inner));
});

test("names are quoted, numbers are numbers", () => {
  expect(
    sql`select ${columns(["a", 'b"c'], "t")} from ${ident('odd"name')} ${constant("limit")} ${integer(3)}`.text,
  ).toBe('select t."a", t."b""c" from "odd""name" limit 3');
  expect(() => integer(1.5)).toThrow(RangeError);
  expect(() => integer(Number.NaN)).toThrow(RangeError);
});

onEveryLane("a literal", ({ query }) => {
  test("is the string it was made from", async () => {
    for (const text of ["plain", "it's", "back\\slash\\", "\\' or '", "$1 ä\n"]) {
      expect(await query(`select ${literal(text).text} as text`)).toEqual([{ text }]);
    }
  });
});
