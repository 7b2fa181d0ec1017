/** How far work may be ahead of who takes its results. */
type Ahead<Item> = {
  /** Items that are under way or done; at least 1. */
  readonly itemsMax: number;
  /** Of all of them together: the next item is read when there is less. */
  readonly weightMax?: number;
  weightOf?(item: Item): number;
};

/**
 * Applies `work` to several items at a time and yields the results in the order of the items. Reads no further ahead than it is
 * allowed to. An item that cannot be read comes in its turn, too. When the consumer leaves, `items` is closed after the work under
 * way has ended.
 */
export async function* mapOrdered<Item, Result>(
  items: AsyncIterable<Item>,
  { itemsMax, weightMax = Infinity, weightOf = () => 0 }: Ahead<Item>,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const iterator = items[Symbol.asyncIterator]();
  const underWay: { readonly result: Promise<Result>; readonly weight: number }[] = [];
  let weight = 0;
  let exhausted = false;
  const add = (result: Promise<Result>, itsWeight: number) => {
    // Awaited in its turn; until then a rejection must not count as unhandled.
    result.catch(() => {});
    underWay.push({ result, weight: itsWeight });
    weight += itsWeight;
  };
  const read = async () => {
    try {
      const next = await iterator.next();
      if (next.done) exhausted = true;
      else add(work(next.value), weightOf(next.value));
    } catch (error) {
      exhausted = true;
      add(Promise.reject(error), 0);
    }
  };
  try {
    for (;;) {
      while (!exhausted && underWay.length < itemsMax && weight < weightMax) await read();
      const first = underWay.shift();
      if (first === undefined) return;
      yield await first.result;
      weight -= first.weight;
    }
  } finally {
    await Promise.allSettled(underWay.map(({ result }) => result));
    await iterator.return?.();
  }
}
