import { z } from "zod";
import type { Queryable } from "./database.ts";
import { constant, sql } from "./sql.ts";

/** Tag of the SQL to run; it takes what `sql` takes. */
type Tag<Result> = (strings: TemplateStringsArray, ...values: readonly unknown[]) => Promise<Result>;

const counted = z.object({ count: z.int() });
const found = z.object({ found: z.boolean() });
const statement = z.object({ statement: z.string() });

/** Runs SQL and gives its rows, each checked against `shape`. A shape is a constant of its file: zod compiles it once. */
export function allRows<Row>(reader: Queryable, shape: z.ZodType<Row>): Tag<Row[]> {
  return async (strings, ...values) => z.array(shape).parse(await reader.query(sql(strings, ...values)));
}

/** The row of SQL that always has one, such as a count of everything. */
export function oneRow<Row>(reader: Queryable, shape: z.ZodType<Row>): Tag<Row> {
  return async (strings, ...values) => {
    const [row] = await allRows(reader, shape)(strings, ...values);
    if (row === undefined) throw new Error(`a statement has no row: ${strings.join("...")}`);
    return row;
  };
}

/** Whether a query has rows. */
export function exists(reader: Queryable): Tag<boolean> {
  return async (...query) => (await oneRow(reader, found)`select exists (${sql(...query)}) as found`).found;
}

/** Inserts, updates or deletes, and says how many rows; the two drivers tell it in different ways. */
export function changedRows(tx: Queryable): Tag<number> {
  return async (...change) => {
    const changed = sql`with changed as (${sql(...change)} returning 1)`;
    return (await oneRow(tx, counted)`${changed} select count(*)::int as count from changed`).count;
  };
}

/** Runs each statement that a query gives in its column `statement`, as `\gexec` of psql does. */
export function executeRows(tx: Queryable): Tag<void> {
  return async (...query) => {
    for (const row of await allRows(tx, statement)(...query)) await tx.query(constant(row.statement));
  };
}
