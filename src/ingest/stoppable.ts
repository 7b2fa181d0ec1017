import type { Embedder, EmbedderServer } from "../embed/embedder.ts";
import type { Store } from "../store/store.ts";
import { plural } from "../text/words.ts";
import type { InFlight } from "./in-flight.ts";

/** The servers of an embedder, whose requests end when a run that was asked to stop has waited for them long enough. */
export function stoppableServers(embedder: Embedder, inFlight: InFlight): readonly EmbedderServer[] {
  const inProcess: EmbedderServer = {
    restMs: 0,
    embedBatch: (texts, signal) => embedder.embedBatch(texts, signal),
  };
  return (embedder.servers ?? [inProcess]).map((server) => ({
    get restMs() {
      return server.restMs;
    },
    embedBatch: (texts, signal) =>
      inFlight.run({ what: `the embedding request of ${plural(texts.length, "text")}`, isRequest: true }, (end) =>
        server.embedBatch(texts, signal === undefined ? end : AbortSignal.any([end, signal])),
      ),
  }));
}

/** The store of a run, of which the same is true. What the next run does again as well is cancelled. */
export function stoppableStore(store: Store, inFlight: InFlight): Store {
  const read = <Result>(task: () => Promise<Result>) => inFlight.run({ what: "an answer of the database" }, task);
  const cancelled = <Result>(what: string, task: () => Promise<Result>) =>
    inFlight.run({ what, cancel: () => store.cancel() }, task);
  return {
    ...store,
    prepare: (...asked) => cancelled("the making of the tables", () => store.prepare(...asked)),
    loadSource: (source) => read(() => store.loadSource(source)),
    documentCounts: () => read(() => store.documentCounts()),
    known: (...asked) => read(() => store.known(...asked)),
    write: (documents) =>
      inFlight.run({ what: `the transaction that stores ${plural(documents.length, "document")}` }, () =>
        store.write(documents),
      ),
    preview: (documents) => read(() => store.preview(documents)),
    leave: () => read(() => store.leave()),
    whyUnindexed: () => read(() => store.whyUnindexed()),
    removeDocuments: (source, urls, part) =>
      inFlight.run({ what: `the transaction that removes ${plural(urls.length, "document")}` }, () =>
        store.removeDocuments(source, urls, part),
      ),
    removeAdopted: () => cancelled("the transaction that removes adopted rows", () => store.removeAdopted()),
    ensureVectorIndex: (...asked) =>
      cancelled("the build of the vector index", () => store.ensureVectorIndex(...asked)),
    swap: (...asked) => cancelled("the swap of the rebuilt corpus", () => store.swap(...asked)),
  };
}
