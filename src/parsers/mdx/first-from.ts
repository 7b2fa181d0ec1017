/** The index of the first of `parts`, which are in order, that begins at `start` or behind it. A page may have very many. */
export function firstFrom(parts: readonly { readonly start: number }[], start: number): number {
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((parts[middle]?.start ?? Number.POSITIVE_INFINITY) < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
