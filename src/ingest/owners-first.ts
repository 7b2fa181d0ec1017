import type { StoredSource } from "../store/store.ts";
import type { ReadInput } from "./read-source.ts";

/** Chunks of inputs that wait; with their texts some 10 MB. */
const CHUNKS_WAITING_MAX = 4_096;

type ParsedInput = Extract<ReadInput, { kind: "parsed" }>;
type Waiting = {
  readonly input: ParsedInput;
  readonly chunks: number;
  readonly wants: readonly string[];
  /** How many were held before it. */
  readonly place: number;
  /** Inputs that it waits for. */
  readonly owners: Set<string>;
};

/**
 * Lets an input that takes the address of a stored document wait for the one that had it: that one may be unreadable, and
 * keeps it then; or it moved, and finds its vectors there as long as nobody has written over them. What waits
 * still comes before those behind it in the listing that want the same.
 */
export async function* ownersFirst(
  inputs: AsyncIterable<ReadInput>,
  stored: Pick<StoredSource, "documents">,
): AsyncGenerator<ReadInput> {
  const queue = new OwnersQueue(stored);
  for await (const input of inputs) {
    if (!queue.holds(input)) yield* queue.inTurn(input);
  }
  yield* queue.rest();
}

class OwnersQueue {
  readonly #documents: StoredSource["documents"];
  /** In the order of the listing. */
  readonly #waiting = new Set<Waiting>();
  readonly #byOwner = new Map<string, Set<Waiting>>();
  readonly #byWanted = new Map<string, Set<Waiting>>();
  readonly #done = new Set<string>();
  #ofInputs: ReadonlyMap<string, readonly string[]> | undefined;
  #chunks = 0;
  #held = 0;

  constructor({ documents }: Pick<StoredSource, "documents">) {
    this.#documents = documents;
  }

  /** The input, behind what comes before it in the listing and wants the same; then what waited for nothing else. */
  *inTurn(input: ReadInput, place = this.#held): Generator<ReadInput> {
    yield* this.#rivalsOf(input, place);
    yield input;
    const done = [input.path];
    for (let path = done.pop(); path !== undefined; path = done.pop()) {
      this.#done.add(path);
      const those = this.#byOwner.get(path) ?? [];
      this.#byOwner.delete(path);
      for (const one of those) {
        one.owners.delete(path);
        if (one.owners.size > 0 || !this.#remove(one)) continue;
        yield* this.#rivalsOf(one.input, one.place);
        yield one.input;
        done.push(one.input.path);
      }
    }
  }

  *#rivalsOf(input: ReadInput, place: number): Generator<ReadInput> {
    for (const claim of this.#waiting.size === 0 ? [] : this.#claimsOf(input)) {
      for (const one of this.#byWanted.get(claim) ?? []) {
        if (one.place < place && this.#remove(one)) yield* this.inTurn(one.input, one.place);
      }
    }
  }

  /** Whether the input has to wait; then it is held. */
  holds(input: ReadInput): boolean {
    if (input.kind !== "parsed") return false;
    const wants = input.documents.map(({ document }) => document.sourceUrl);
    const owners = wants.flatMap((sourceUrl) => this.#documents.get(sourceUrl)?.input ?? []);
    const left = new Set(owners.filter((owner) => owner !== input.path && !this.#done.has(owner)));
    const chunks = input.documents.reduce((sum, document) => sum + document.chunks.length, 0);
    if (left.size === 0 || this.#chunks + chunks > CHUNKS_WAITING_MAX) return false;
    const one = { input, chunks, wants, place: this.#held++, owners: left };
    this.#waiting.add(one);
    this.#chunks += chunks;
    for (const owner of left) addTo(this.#byOwner, owner, one);
    for (const sourceUrl of wants) addTo(this.#byWanted, sourceUrl, one);
    return true;
  }

  /** All that waits still: for each other, or for what is not there any more. */
  *rest(): Generator<ReadInput> {
    for (const one of this.#waiting) if (this.#remove(one)) yield* this.inTurn(one.input, one.place);
  }

  /** False when it does not wait any more. */
  #remove(one: Waiting): boolean {
    if (!this.#waiting.delete(one)) return false;
    this.#chunks -= one.chunks;
    for (const sourceUrl of one.wants) this.#byWanted.get(sourceUrl)?.delete(one);
    return true;
  }

  /** The addresses that an input is known to have. */
  #claimsOf(input: ReadInput): readonly string[] {
    if (input.kind === "parsed") return input.documents.map(({ document }) => document.sourceUrl);
    if (input.kind !== "unchanged") return [];
    this.#ofInputs ??= new Map(
      [...Map.groupBy(this.#documents, ([, document]) => document.input)].map(([path, of]) => [
        path,
        of.map(([sourceUrl]) => sourceUrl),
      ]),
    );
    return this.#ofInputs.get(input.path) ?? [];
  }
}

function addTo(sets: Map<string, Set<Waiting>>, key: string, one: Waiting): void {
  const set = sets.get(key);
  if (set === undefined) sets.set(key, new Set([one]));
  else set.add(one);
}
