type Listener = (event: { readonly data: unknown }) => void;

/**
 * Both ends of the port between pdfjs and its worker part, which run in one thread here. pdfjs's own port copies each
 * message whole; the text of pages, which is most of what is sent, needs no copy. All else is copied, for either side
 * may change what it sent.
 */
export class InProcessPort {
  readonly #listeners = new Set<Listener>();
  readonly #turn = Promise.resolve();

  postMessage(message: unknown, transfer: readonly ArrayBuffer[] | null = []): void {
    const data = textOf(message) ?? structuredClone(message, { transfer: [...(transfer ?? [])] });
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

/** The message if it has text of a page: pdfjs uses the object around it again, but not what is in it. */
function textOf(message: unknown): object | undefined {
  if (typeof message !== "object" || message === null || !("chunk" in message)) return undefined;
  const { chunk } = message;
  if (typeof chunk !== "object" || chunk === null || !("items" in chunk && "styles" in chunk)) return undefined;
  return { ...message, chunk: { ...chunk } };
}
