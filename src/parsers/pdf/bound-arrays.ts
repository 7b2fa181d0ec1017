/** The bound while it is in force. */
export type BoundArrays = {
  /** Whether an array was refused since the last time this was asked. */
  takeRefusal(): boolean;
  release(): void;
};

/**
 * Lets no byte array be made in this thread that is longer than `bytesMax`. pdfjs inflates a stream into one array, has
 * no limit of its own, and takes a stream that ends in an error for one that just ends: so refusals are also counted.
 * Without `DecompressionStream` it inflates in JavaScript, into such an array; with it, a bomb is in memory before the
 * first of it can be counted (Bun 1.4.5).
 */
export function boundArrays(bytesMax: number): BoundArrays {
  const { Uint8Array: original, DecompressionStream: inflating } = globalThis;
  let isRefused = false;
  const bounded = new Proxy(original, {
    construct(target, parameters: unknown[], newTarget) {
      const [length] = parameters;
      if (typeof length === "number" && length > bytesMax) {
        isRefused = true;
        throw new RangeError(`an array of more than ${bytesMax} bytes`);
      }
      const made: unknown = Reflect.construct(target, parameters, newTarget === bounded ? target : newTarget);
      return Object(made);
    },
  });
  Object.assign(globalThis, { Uint8Array: bounded, DecompressionStream: undefined });
  return {
    takeRefusal() {
      const refused = isRefused;
      isRefused = false;
      return refused;
    },
    release: () => void Object.assign(globalThis, { Uint8Array: original, DecompressionStream: inflating }),
  };
}
