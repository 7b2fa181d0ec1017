import type { RunEvent } from "../ingest/events.ts";

/** Keeps back the lines of sources that do nothing: that one begins is said when something comes of it, that it is unchanged is not. */
export class IdleSources {
  readonly #begun = new Map<string, string>();

  /** The lines that are due now that `line` is to be said of `event`. */
  take(event: RunEvent, line: string): string[] {
    switch (event.type) {
      case "source_start":
        this.#begun.set(event.source, line);
        return [];
      case "source_end":
        return event.status === "UNCHANGED" ? this.#drop(event.source) : this.#after(event.source, line);
      case "failure":
        return this.#after(event.source, line);
      default:
        return [line];
    }
  }

  #drop(source: string): string[] {
    this.#begun.delete(source);
    return [];
  }

  #after(source: string, line: string): string[] {
    const begun = this.#begun.get(source);
    this.#begun.delete(source);
    return begun === undefined ? [line] : [begun, line];
  }
}
