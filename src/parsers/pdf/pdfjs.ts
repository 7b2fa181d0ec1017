import type { PDFWorker } from "pdfjs-dist";

/** What pdfjs says on the console: errors only. */
export const VERBOSITY = 0;

/** The numbers pdfjs has for the operators that tell which text is on which layer, and in which font. */
export const PAINTED = { font: 37, text: 44, beginMark: 69, beginMarkWithProperties: 70, endMark: 71 };
const KEPT: ReadonlySet<unknown> = new Set(Object.values(PAINTED));

/** pdfjs, with its worker part in this thread. */
export async function loadPdfjs() {
  // It warns about an optional package when it is loaded, before its verbosity can be set.
  const warn = console.warn;
  // It puts another one in its place, by which Bun's `availableParallelism` no longer finds the processors (Bun 1.4.5).
  const { navigator } = globalThis;
  console.warn = () => {};
  try {
    const { WorkerMessageHandler } = await import("pdfjs-dist/build/pdf.worker.mjs");
    const pdfjs = await import("pdfjs-dist");
    return {
      pdfjs,
      /** We are in a Worker already; pdfjs must not look for a file to start another one from. */
      startWorker(): PDFWorker {
        const port = new InProcessPort();
        WorkerMessageHandler.initializeFromPort(port);
        return Reflect.construct(pdfjs.PDFWorker, [{ port, verbosity: VERBOSITY }]);
      },
    };
  } finally {
    console.warn = warn;
    Object.assign(globalThis, { navigator });
  }
}

type Listener = (event: { readonly data: unknown }) => void;

/**
 * Both ends of the port between pdfjs and its worker part, which run in one thread here. pdfjs's own port copies each
 * message whole, and has each stream wait until the part of it that was sent is read. The text of pages and the fonts,
 * which are most of what is sent, need no copy, and of what pages are painted with only text, its fonts and the marks
 * around it are wanted. All else is copied, for either side may change what it sent. There is always room in a stream:
 * whoever reads it has its turn between two parts.
 */
class InProcessPort {
  readonly #listeners = new Set<Listener>();
  readonly #turn = Promise.resolve();

  postMessage(message: object, transfer: readonly ArrayBuffer[] | null = []): void {
    const data = uncopied(message) ?? structuredClone(message, { transfer: [...(transfer ?? [])] });
    void this.#turn.then(() => {
      for (const listener of this.#listeners) listener.call(this, { data });
    });
  }

  addEventListener(_: string, listener: Listener, { signal }: { readonly signal?: AbortSignal } = {}): void {
    this.#listeners.add(listener);
    signal?.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  removeEventListener(_: string, listener: Listener): void {
    this.#listeners.delete(listener);
  }
}

/** The message, if it can do without a copy: pdfjs uses the object around a page's text again, but not what is in it. */
function uncopied(message: object): object | undefined {
  if ("action" in message && message.action === "commonobj") return message;
  const isFlat = Object.values(message).every((value) => typeof value !== "object");
  if ("desiredSize" in message)
    return { ...(isFlat ? message : structuredClone(message)), desiredSize: Number.POSITIVE_INFINITY };
  if (isFlat) return message;
  if (!("chunk" in message) || typeof message.chunk !== "object" || message.chunk === null) return undefined;
  const { chunk } = message;
  if ("items" in chunk && "styles" in chunk) return { ...message, chunk: { ...chunk } };
  if ("fnArray" in chunk && "argsArray" in chunk)
    return { ...message, chunk: { ...chunk, ...textOfChunk(chunk.fnArray, chunk.argsArray) } };
  return undefined;
}

function textOfChunk(operators: unknown, parameters: unknown) {
  const fnArray: unknown[] = [];
  const argsArray: unknown[] = [];
  if (!Array.isArray(operators) || !Array.isArray(parameters)) return { fnArray, argsArray, length: 0 };
  for (const [index, operator] of operators.entries()) {
    if (!KEPT.has(operator)) continue;
    fnArray.push(operator);
    argsArray.push(parameters[index]);
  }
  return { fnArray, argsArray, length: fnArray.length };
}

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
