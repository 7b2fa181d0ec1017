import type { Statement } from "../driver/database.ts";
import { constant, ident, integer, sql } from "../driver/sql.ts";

/** pgvector's HNSW indexes a `vector` up to here, and a column as `halfvec` up to there; beyond that search is exact. */
export const VECTOR_DIMENSIONS_MAX = 2_000;
export const HALFVEC_DIMENSIONS_MAX = 4_000;
/** Each row is looked at where that takes no longer than its list: 5,000 rows with vectors of 384 numbers, 3,400 with 1,024. */
export const FEW_NUMBERS_MAX = 7_000_000;
/** The same where there is no list of all vectors: 100,000, 70,000. */
export const UNLISTED_NUMBERS_MAX = 140_000_000;
/** A row takes as long as so many numbers of its vector: most vectors are stored beside their rows. */
const NUMBERS_A_ROW = 1_000;
/** So much of the list is read at most: 300,000 vectors of 384 numbers, 100,000 of 1,024. */
export const LIST_BYTES_MAX = 256 * 2 ** 20;

/** How many rows with vectors of `dimensions` numbers cost no more than `numbers`. */
export function rowsOf(numbers: number, dimensions: number): number {
  return Math.floor(numbers / (NUMBERS_A_ROW + dimensions));
}

/** Whether `table` has more rows than that, for the column of vectors that `pg_attribute` has in `column`. */
export function hasMoreRows(table: string, numbers: number, column: string): Statement {
  const bound = sql`${integer(numbers)} / (${integer(NUMBERS_A_ROW)} + ${constant(column)}.atttypmod)`;
  return sql`((select count(*) from (select from ${ident(table)} limit ${bound} + 1) counted) > ${bound})`;
}
