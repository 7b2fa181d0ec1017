import { z } from "zod";
import type { Queryable } from "../../src/store/driver/database.ts";
import { allRows } from "../../src/store/driver/rows.ts";
import { constant } from "../../src/store/driver/sql.ts";

const lineShape = z.object({ line: z.string() });

/** The column `line` of a query. */
export async function queryLines(database: Queryable, query: string): Promise<string[]> {
  return (await allRows(database, lineShape)`${constant(query)}`).map(({ line }) => line);
}
