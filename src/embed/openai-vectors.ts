import { fatalError } from "../flow/errors.ts";
import { errorIn } from "./error-text.ts";
import { badAnswer } from "./verify.ts";

/**
 * The vectors of an answer in OpenAI's form, in the order of the texts; undefined when it has none. Gateways vary it: a
 * bare list, items that are vectors, no `index` or a text for it, one vector in a list of its own, base64.
 */
export function openaiVectors(answer: unknown, label: string): unknown {
  const items = itemsOf(answer);
  // Words instead of vectors, which our caller quotes.
  if (items === undefined || (items.length > 0 && !items.some(isItem))) return undefined;
  const found = items.map((item) => itemOf(item, label));
  const places = placesOf(
    found.map(({ index }) => index),
    label,
  );
  const vectors: unknown[] = [];
  for (const [place, { vector }] of found.entries()) vectors[places[place] ?? 0] = vector;
  return vectors;
}

function itemsOf(answer: unknown): readonly unknown[] | undefined {
  if (Array.isArray(answer)) return errorIn(answer) === "" ? answer : undefined;
  if (typeof answer !== "object" || answer === null) return undefined;
  if ("data" in answer && Array.isArray(answer.data)) return answer.data;
  return "embeddings" in answer && Array.isArray(answer.embeddings) ? answer.embeddings : undefined;
}

type Item = { readonly index: unknown; readonly vector: unknown };

function itemOf(item: unknown, label: string): Item {
  if (Array.isArray(item)) return { index: undefined, vector: vectorOf(item, label) };
  if (!isItem(item)) throw badAnswer(label, "an item without embedding");
  return { index: "index" in item ? item.index : undefined, vector: vectorOf(item.embedding, label) };
}

function isItem(item: unknown): item is { readonly embedding: unknown } {
  return Array.isArray(item) || (typeof item === "object" && item !== null && "embedding" in item);
}

/** Where each item belongs. */
function placesOf(given: readonly unknown[], label: string): readonly number[] {
  const indexes = given.map((index) => (typeof index === "string" && /^\d+$/.test(index) ? Number(index) : index));
  const count = indexes.length;
  // Without an index, and where each text was asked for alone and all of them are the first, order is all there is.
  if (indexes.every((index) => index === undefined || index === null || index === 0)) return [...indexes.keys()];
  const places = new Set(indexes);
  const free = [...indexes.keys()].filter((place) => !places.has(place));
  // Google leaves out what is 0: one item without an index has the place that no other has.
  const [only, ...more] = free;
  return indexes.map((index, position) => {
    if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < count && places.delete(index)) {
      return index;
    }
    if ((index === undefined || index === null) && only !== undefined) {
      if (more.length === 0) return only;
      if (free.includes(position)) return position;
    }
    throw badAnswer(
      label,
      `${count} vectors with wrong indexes, one of them ${typeof index === "number" ? index : `a ${typeof index}`}`,
    );
  });
}

function vectorOf(embedding: unknown, label: string): unknown {
  if (typeof embedding === "string") return fromBase64(embedding);
  if (!Array.isArray(embedding) || !Array.isArray(embedding[0])) return embedding;
  if (embedding.length === 1) return embedding[0];
  throw fatalError(
    "model_unfit",
    `${label} gives ${embedding.length} vectors for one text: one for each of its tokens`,
    "start the server so that it pools them: llama.cpp with --pooling mean or --pooling last, as the model wants it",
  );
}

/** Numbers of four bytes, as OpenAI packs them; the text itself when it is nothing like that. */
function fromBase64(text: string): unknown {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 0 || bytes.length % 4 !== 0 || !/^[\w+/-]+={0,2}$/.test(text)) return text;
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4));
}
