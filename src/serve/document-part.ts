import { nearestPlaces } from "../commands/show/find-asked.ts";
import { shownValue } from "../config/problems.ts";
import { usageError } from "../flow/errors.ts";
import type { FoundPlace, ShownChunk, Store } from "../store/store.ts";
import type { DocumentAsked, DocumentPart } from "./shapes.ts";

/** A page of a document; a passage that is longer is a page of its own. */
const PAGE_CHARACTERS_MAX = 24_000;
/** Fewer digits are words. */
const HASH = /^[0-9a-f]{8,64}$/i;
const CURSOR = /^(?<index>\d{1,9})\.(?<hash>[0-9a-f]{64})$/;

/** What was asked for of a document. Throws a usage error that names what may be meant where there is nothing. */
export async function readPart(store: Store, asked: DocumentAsked): Promise<DocumentPart> {
  const { around, before, after, cursor } = asked;
  if (around !== undefined && cursor !== undefined)
    throw usageError("around and cursor are two ways to ask: leave one of them out");
  const last = cursor === undefined ? undefined : lastOf(cursor);
  const place = await placeOf(store, asked.source_url);
  const document = await store.contents.document(place);
  if (document === undefined) throw usageError(`${place.sourceUrl} has just left the corpus`);
  const chunks = store.contents.chunks(place, last);
  const { taken, isEnd } =
    around === undefined ? await firstPage(chunks) : await partAround(chunks, around, { before, after });
  const end = taken.at(-1);
  return {
    ...{ source: document.source, source_url: document.sourceUrl, display_url: document.displayUrl },
    ...{ title: document.title, doc_type: document.docType, source_type: document.sourceType },
    ...{ generations: document.generations, deprecated: document.deprecated },
    passages: taken.map(({ chunkIndex, contentHash, contextHeader, content }) => ({
      ...{ index: chunkIndex, content_hash: contentHash, context_header: contextHeader, content },
    })),
    passages_total: document.chunks,
    next_cursor: isEnd || end === undefined ? null : `${end.chunkIndex}.${end.contentHash}`,
  };
}

async function placeOf(store: Store, address: string): Promise<FoundPlace> {
  const [place] = await store.contents.atAddress(address);
  if (place !== undefined) return place;
  const near = await nearestPlaces(store, address);
  const meant =
    near.length === 0 ? "" : `; did you mean ${near.map(({ sourceUrl }) => shownValue(sourceUrl)).join(", ")}?`;
  throw usageError(`no document has the address ${shownValue(address)}${meant}`);
}

function lastOf(cursor: string) {
  const { index, hash } = CURSOR.exec(cursor)?.groups ?? {};
  if (index === undefined || hash === undefined)
    throw usageError(`cursor must be the next_cursor of another page, not ${shownValue(cursor)}`);
  return { chunkIndex: Number(index), contentHash: hash };
}

type Part = { readonly taken: readonly ShownChunk[]; readonly isEnd: boolean };

async function firstPage(pages: AsyncIterable<readonly ShownChunk[]>): Promise<Part> {
  const taken: ShownChunk[] = [];
  let characters = 0;
  for await (const page of pages) {
    for (const chunk of page) {
      characters += chunk.content.length;
      if (taken.length > 0 && characters > PAGE_CHARACTERS_MAX) return { taken, isEnd: false };
      taken.push(chunk);
    }
  }
  return { taken, isEnd: true };
}

async function partAround(
  pages: AsyncIterable<readonly ShownChunk[]>,
  around: string,
  { before, after }: { readonly before: number; readonly after: number },
): Promise<Part> {
  const words = joined(around);
  const isAsked = ({ contentHash, content }: ShownChunk) =>
    (HASH.test(around) && contentHash.startsWith(around.toLowerCase())) || joined(content).includes(words);
  const taken: ShownChunk[] = [];
  let left: number | undefined;
  for await (const page of pages) {
    for (const chunk of page) {
      if (left === 0) return { taken, isEnd: false };
      taken.push(chunk);
      if (left !== undefined) left--;
      else if (isAsked(chunk)) left = after;
      else if (taken.length > before) taken.shift();
    }
  }
  if (left === undefined) throw usageError(`the document has no passage ${shownValue(around)}`);
  return { taken, isEnd: true };
}

/** Words as they are compared: chat clients set lines otherwise. */
function joined(text: string): string {
  return text.toLowerCase().split(/\s+/).join(" ").trim();
}
