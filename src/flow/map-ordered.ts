/**
 * Applies `work` to up to `concurrency` items at a time and yields the results in the order of the items.
 * Reads no further ahead than that. When the consumer leaves, `items` is closed after the work under way has ended.
 */
export async function* mapOrdered<Item, Result>(
  items: AsyncIterable<Item>,
  concurrency: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const iterator = items[Symbol.asyncIterator]();
  const underWay: Promise<Result>[] = [];
  try {
    let exhausted = false;
    for (;;) {
      while (!exhausted && underWay.length < concurrency) {
        const next = await iterator.next();
        if (next.done) exhausted = true;
        else {
          const result = work(next.value);
          // Awaited in its turn; until then a rejection must not count as unhandled.
          result.catch(() => {});
          underWay.push(result);
        }
      }
      const first = underWay.shift();
      if (first === undefined) return;
      yield await first;
    }
  } finally {
    await Promise.allSettled(underWay);
    await iterator.return?.();
  }
}
