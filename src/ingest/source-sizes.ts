import type { SourceSize } from "../parsers/parser.ts";
import { isOfPart } from "../parsers/part.ts";
import type { IngestorOptions } from "./ingestor-options.ts";
import type { PlannedSource } from "./source-run.ts";
import type { WorkMeter } from "./work-meter.ts";

/** Finds out how much there is to be read, where that can be known before it is: for estimates, and for what is shown. */
export async function sourceSizes(
  sources: readonly PlannedSource[],
  { reading, store, mode, corpus }: Pick<IngestorOptions, "reading" | "store" | "mode" | "corpus">,
  { meter, signal }: { readonly meter: WorkMeter; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, SourceSize>> {
  const keeps = corpus.kind === "current" && (mode.kind === "update" || mode.kind === "retry");
  const stored = keeps ? await store.documentCounts() : new Map<string, number>();
  const sizes = new Map<string, SourceSize>();
  for (const { entry, parser, part } of sources) {
    const isWanted = (path: string) => isOfPart(path, part);
    // What is wrong with it is said when it is read.
    const size = await parser.count?.(entry, { ...reading.parse, signal, isWanted }).catch(() => undefined);
    if (size !== undefined) sizes.set(entry.name, size);
    const { bytes = null, textShare = 1 } = size ?? {};
    meter.expect({ name: entry.name, size: bytes, textShare, isStored: stored.has(entry.name) });
  }
  return sizes;
}
