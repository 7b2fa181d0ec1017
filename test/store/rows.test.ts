import { expect, test } from "bun:test";
import { z } from "zod";
import { allRows, changedRows, exists, oneRow } from "../../src/store/driver/rows.ts";
import { onEveryLane } from "../support/databases.ts";

const shape = z.object({ number: z.int(), name: z.string().nullable() });

onEveryLane("rows of the database", (context) => {
  test("have the shape they are asked for in, with the parameters in place", async () => {
    const numbers = allRows(context.database, shape)`
      select n as number, ${"a"}::text as name from generate_series(1, ${2}::int) n order by 1`;
    expect(await numbers).toEqual([
      { number: 1, name: "a" },
      { number: 2, name: "a" },
    ]);
    expect(await oneRow(context.database, shape)`select 1 as number, null::text as name`).toEqual({
      number: 1,
      name: null,
    });
  });

  test("of another shape are a bug that is named where it happens", async () => {
    const wrong = allRows(context.database, shape)`select 'one' as number, 'a' as name`;
    await expect(wrong).rejects.toThrow("number");
    const none = oneRow(context.database, shape)`select 1 as number, 'a' as name where false`;
    await expect(none).rejects.toThrow("has no row");
  });

  test("are found, and counted where a statement changes them", async () => {
    expect(await exists(context.database)`select where 1 = ${1}::int`).toBe(true);
    expect(await exists(context.database)`select where 1 = ${2}::int`).toBe(false);
    await context.query("create table chunks (a int)");
    const { database } = context;
    const inserted = database.begin((tx) => changedRows(tx)`insert into chunks select generate_series(1, ${3}::int)`);
    expect(await inserted).toBe(3);
  });
});
