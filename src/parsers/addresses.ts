import type { ParseContext } from "./parser.ts";

/**
 * Gives each document of a source an address of its own. Who comes first has the first choice, so an address depends on
 * what comes before and never on how much there is; what could not be read keeps the addresses it had.
 */
export class Addresses {
  readonly #storedInput: ParseContext["storedInput"];
  readonly #taken = new Set<string>();
  readonly #unread = new Set<string>();
  readonly #unlisted: string[] = [];

  constructor({ storedInput }: Pick<ParseContext, "storedInput">) {
    this.#storedInput = storedInput;
  }

  /** An input, or all that lies in a folder, cannot be read in this run. */
  keep(path: string, kind: "input" | "folder"): void {
    if (kind === "input") this.#unread.add(path);
    else this.#unlisted.push(path);
  }

  /** The first of the addresses that is free for a document of `input`. */
  choose(addresses: Iterable<string>, input: string): string {
    let last = "";
    for (const address of addresses) {
      last = address;
      if (!this.#taken.has(address) && !this.#isKept(address, input)) break;
    }
    this.#taken.add(last);
    return last;
  }

  #isKept(address: string, input: string): boolean {
    const owner = this.#storedInput?.(address);
    if (owner === undefined || owner === input) return false;
    return this.#unread.has(owner) || this.#unlisted.some((folder) => liesIn(owner, folder));
  }
}

/** Whether an input lies in a folder, both written as paths of the source. */
export function liesIn(input: string, folder: string): boolean {
  if (input === folder || input.startsWith(folder.endsWith("/") ? folder : `${folder}/`)) return true;
  return folder === ".";
}
