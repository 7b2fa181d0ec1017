import { nearness } from "../../config/nearest.ts";
import { shownValue } from "../../config/problems.ts";
import { type Call, usageError } from "../../flow/errors.ts";
import type { FoundPlace, Place, Store } from "../../store/store.ts";
import { plural } from "../../text/words.ts";

const HASH_BEGINNING = /^[0-9a-f]{1,64}$/i;
/** Fewer digits would be found in most words. */
const HASH_DIGITS_MIN = 4;
const HASH_DIGITS_SHOWN = 12;
const TOO_SHORT = `; of a hash at least ${HASH_DIGITS_MIN} digits are needed`;
const NAMED_MAX = 5;
/** So many letters may be wrong in an address. */
const MISTAKES_MAX = 6;
const WORD_CHARACTERS_MIN = 3;

/** The document that was asked for, or one of its chunks. */
export type Asked = { readonly place: Place; readonly displayUrl: string; readonly contentHash?: string };

/** What `word` names: an address, a display URL, or the beginning of one chunk's hash. Throws when that is nothing, or several things. */
export async function findAsked(store: Store, word: string, source: string | undefined): Promise<Asked> {
  const { contents, description } = store;
  const places = await contents.atAddress(word, source);
  const [place] = places;
  if (place !== undefined) {
    if (places.length > 1) throw severalDocuments(word, places);
    return { place, displayUrl: place.displayUrl };
  }
  const isHash = HASH_BEGINNING.test(word);
  const beginning = word.toLowerCase();
  const chunks = isHash && word.length >= HASH_DIGITS_MIN ? await contents.withHash(beginning, source) : [];
  const hashes = [...new Set(chunks.map(({ contentHash }) => contentHash))];
  const [contentHash] = hashes;
  const [chunk] = chunks;
  if (chunk !== undefined && contentHash !== undefined) {
    if (hashes.length > 1) throw severalChunks(word, hashes);
    if (chunks.length > 1) throw severalDocuments(word, chunks);
    return { place: chunk, displayUrl: chunk.displayUrl, contentHash };
  }
  const where = source === undefined ? description : `source "${source}" of ${description}`;
  const orHash = !isHash ? "" : word.length < HASH_DIGITS_MIN ? TOO_SHORT : ", and no chunk a hash that begins so";
  const near = source === undefined ? await nearestPlaces(store, word) : await contents.atAddress(word);
  const nearest = commands("nearest", near.slice(0, NAMED_MAX), { withSource: source !== undefined });
  throw usageError(`no document in ${where} has the address ${shownValue(word)}${orHash}`, (call) =>
    near.length === 0 ? `to see what there is: ${call.again(["ls"])}` : nearest(call),
  );
}

function severalDocuments(word: string, places: readonly FoundPlace[]) {
  const names = new Set(places.map(({ source }) => source));
  const where = names.size === places.length ? plural(names.size, "source") : plural(places.length, "document");
  const named = commands("name one", places.slice(0, NAMED_MAX), { withSource: names.size > 1 });
  return usageError(`${shownValue(word)} is in ${where}`, named);
}

function severalChunks(word: string, hashes: readonly string[]) {
  return usageError(`the hashes of ${plural(hashes.length, "chunk")} begin with ${shownValue(word)}`, (call) => {
    const lines = hashes.slice(0, NAMED_MAX).map((hash) => call.again(["show", hash.slice(0, HASH_DIGITS_SHOWN)]));
    return ["name one with more digits:", ...lines].join("\n");
  });
}

/** What shows each of them, to be pasted. */
function commands(what: string, places: readonly Place[], { withSource }: { readonly withSource: boolean }) {
  return (call: Call) => {
    const lines = places.map(({ source, sourceUrl }) =>
      call.again(["show", ...(withSource && source !== "" ? [`--source=${source}`] : []), "--", sourceUrl]),
    );
    return [`${what}:`, ...lines].join("\n");
  };
}

/** Documents that may be meant: they have the word in what they are called, or are called nearly so. */
export async function nearestPlaces({ contents }: Store, word: string): Promise<Place[]> {
  const similar = await contents.similar(word, NAMED_MAX);
  if (similar.length > 0) return similar;
  const misspelt: { readonly place: Place; readonly mistakes: number }[] = [];
  for await (const page of contents.addresses()) {
    for (const place of page) {
      const mistakes = nearness(word, place.sourceUrl, MISTAKES_MAX);
      if (mistakes !== undefined) misspelt.push({ place, mistakes });
    }
    misspelt.sort((one, other) => one.mistakes - other.mistakes).splice(NAMED_MAX);
  }
  if (misspelt.length > 0) return misspelt.map(({ place }) => place);
  // Of a path the last name, without what it ends with.
  const path = word.replace(/[#?].*$/, "");
  const [name = ""] = (path.split("/").findLast((part) => part !== "") ?? "").split(".");
  return name.length < WORD_CHARACTERS_MIN || name === word ? [] : contents.similar(name, NAMED_MAX);
}
