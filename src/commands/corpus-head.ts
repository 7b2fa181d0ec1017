import { prefixesFor, settingsFor } from "../embed/registry.ts";
import type { EmbedderSettings } from "../embed/registry.ts";
import type { Call } from "../flow/errors.ts";
import type { Store } from "../store/store.ts";
import { plural } from "../text/words.ts";
import { modelOf } from "./corpus.ts";

/** What a corpus is: its database, its model with what stands before texts, its indexes on vectors. */
export async function headOf(store: Store, embedder: EmbedderSettings) {
  const identity = await modelOf(store);
  const { provider, model, dimensions, documentPrefix = "" } = identity;
  const { query: queryPrefix } = prefixesFor(settingsFor(identity, embedder));
  const vectorIndexes = await store.vectorIndexes();
  return {
    ...{ database: store.description, embedder: provider, model, dimensions, documentPrefix, queryPrefix },
    vectorIndexes,
  };
}

/** Of documents that lack chunks. */
export function incompleteText(incomplete: number): string {
  return `${plural(incomplete, "document")} ${incomplete === 1 ? "is" : "are"} incomplete; a run finishes them`;
}

/** What ingests a source, to be pasted. */
export function ingestOf(source: string, call: Call): string {
  return call.again([`--source=${source}`]);
}
