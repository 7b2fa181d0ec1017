/** The memory of a process that a collector of garbage looks after. */
type Heap = {
  readonly bytes: () => number;
  readonly collect: () => void;
  /** Bytes. */
  readonly garbageMax: number;
};

const OWN: Heap = {
  bytes: () => process.memoryUsage().heapTotal,
  collect: () => Bun.gc(true),
  garbageMax: 25_000_000,
};

/**
 * To be called from time to time by what makes much garbage: collects it when the heap has grown by that much. Alone the
 * collector would wait until the heap is twice as large, and the memory of an embedded database counts: for a gigabyte.
 */
export function garbageCollector(heap: Heap = OWN): () => void {
  let least = Number.POSITIVE_INFINITY;
  return () => {
    const bytes = heap.bytes();
    least = Math.min(least, bytes);
    if (bytes - least < heap.garbageMax) return;
    heap.collect();
    least = heap.bytes();
  };
}
