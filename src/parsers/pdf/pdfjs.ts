type Listener = (event: { readonly data: unknown }) => void;

/**
 * Both ends of the port between pdfjs and its worker part, which run in one thread here. pdfjs's own port copies each
 * message whole. The text of pages and the fonts, which are most of what is sent, need no copy, and what pages are
 * painted with is not wanted at all. All else is copied, for either side may change what it sent.
 */
export class InProcessPort {
  readonly #listeners = new Set<Listener>();
  readonly #turn = Promise.resolve();

  postMessage(message: unknown, transfer: readonly ArrayBuffer[] | null = []): void {
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
function uncopied(message: unknown): object | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  if ("action" in message && message.action === "commonobj") return message;
  if (!("chunk" in message) || typeof message.chunk !== "object" || message.chunk === null) return undefined;
  const { chunk } = message;
  if ("items" in chunk && "styles" in chunk) return { ...message, chunk: { ...chunk } };
  if ("fnArray" in chunk) return { ...message, chunk: { ...chunk, fnArray: [], argsArray: [], length: 0 } };
  return undefined;
}
