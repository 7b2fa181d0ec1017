import type { Phase, Stage } from "../ingest/events.ts";

/** What people are told that a run waits for. */
export const PHASE_NAMES: Readonly<Record<Stage | Phase, string>> = {
  parsing: "parsing",
  embedding: "embedding",
  storing: "storing",
  opening: "opening the database",
  locking: "waiting for a lock",
  listing: "listing files",
  probing: "asking the embedder",
  preparing: "making the tables",
  outage: "waiting in an outage",
  sweeping: "removing what is gone",
  indexing: "building the vector index",
  measuring: "measuring what search finds",
  swapping: "swapping in the rebuild",
};
