import {
  FEW_NUMBERS_MAX,
  HALFVEC_DIMENSIONS_MAX,
  LIST_BYTES_MAX,
  rowsOf,
  VECTOR_DIMENSIONS_MAX,
} from "./search-bounds.ts";

/** Of a row of the graph, and of each number of its vector. 1,024 of them take 7 times as long as 64. */
const GRAPH_MS = 0.12;
const GRAPH_MS_A_NUMBER = 0.001;
/** Of a number in the list of all vectors. */
const LIST_MS_A_NUMBER = 0.000_2;
/** Of a vector in the list. */
const BYTES_A_NUMBER = 2;

/**
 * Milliseconds that the indexes on so many new vectors may take to build, with the graph in memory: as measured, within
 * twice of it. Where readers may ask any of them there are both; else those that a search would ask.
 */
export function indexMs(
  rows: number,
  dimensions: number,
  { hasOtherReaders }: { readonly hasOtherReaders: boolean },
): number {
  if (dimensions > HALFVEC_DIMENSIONS_MAX) return 0;
  const isListable = dimensions <= VECTOR_DIMENSIONS_MAX;
  const isListed = isListable && (hasOtherReaders || rows > rowsOf(FEW_NUMBERS_MAX, dimensions));
  const isGraph = hasOtherReaders || rows * dimensions * BYTES_A_NUMBER > LIST_BYTES_MAX;
  const listMs = isListed ? rows * dimensions * LIST_MS_A_NUMBER : 0;
  return listMs + (isGraph ? rows * (GRAPH_MS + dimensions * GRAPH_MS_A_NUMBER) : 0);
}
