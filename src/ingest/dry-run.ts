import type { ParseContext } from "../parsers/parser.ts";
import type { Reporter } from "./events.ts";
import type { Store } from "../store/store.ts";
import type { PlannedSource } from "./ingestor-options.ts";
import type { ReadInput } from "./read-source.ts";
import { readSource } from "./read-source.ts";
import { SourceRun } from "./source-run.ts";

export type DryRunOptions = {
  readonly store: Store;
  readonly reporter: Reporter;
  readonly chunkSize: number;
  readonly chunkOverlap: number;
  readonly parse: ParseContext;
  readonly now: () => number;
};

/** What a run would do to one source. Rows, but for `embedded`, which counts texts. */
export type SourcePlan = {
  readonly source: string;
  readonly files: number;
  readonly documents: number;
  readonly added: number;
  readonly kept: number;
  readonly removed: number;
  readonly embedded: number;
  /** Files that could not be ingested. */
  readonly failed: number;
};

/** Parses, chunks and diffs the sources, and changes nothing. */
export async function dryRun(sources: readonly PlannedSource[], options: DryRunOptions): Promise<SourcePlan[]> {
  const sent = new Set<string>();
  const plans: SourcePlan[] = [];
  for (const { entry, parser } of sources) {
    const run = new SourceRun(entry, parser, await options.store.loadSource(entry.name), options.now());
    run.filesTotal = (await parser.count?.(entry, options.parse)) ?? 0;
    options.reporter.report({ type: "source_start", source: entry.name, parser: entry.parser, files: run.filesTotal });
    const counts = { added: 0, kept: 0, removed: 0, embedded: 0, failed: 0 };
    const inputs = readSource(run, { ...options, skipUnchanged: true, sequential: false, context: options.parse });
    for await (const input of inputs) {
      const notes =
        input.kind === "unlisted" || input.kind === "failed" ? [{ ...input, kind: "failed" as const }] : input.notes;
      for (const { kind, path, reason } of notes) {
        if (kind === "failed") counts.failed++;
        options.reporter.report({ type: "warning", source: entry.name, path, reason });
      }
      if (input.kind === "unlisted") run.unlisted = true;
      else run.files++;
      if (input.kind === "failed" || input.kind === "unchanged") run.keptInputs.add(input.path);
      if (input.kind === "unchanged") {
        run.documents += input.documents;
        counts.kept += input.chunks;
      }
      if (input.kind === "parsed") await diff(run, input, options.store, sent, counts);
    }
    if (!run.unlisted) {
      for (const sourceUrl of run.gone()) counts.removed += run.stored.documents.get(sourceUrl)?.chunks ?? 0;
    }
    plans.push({ source: entry.name, files: run.files, documents: run.documents, ...counts });
  }
  return plans;
}

async function diff(
  run: SourceRun,
  input: Extract<ReadInput, { kind: "parsed" }>,
  store: Store,
  sent: Set<string>,
  counts: { added: number; kept: number; removed: number; embedded: number },
): Promise<void> {
  const documents = input.documents
    .filter(({ chunks }) => chunks.length > 0)
    .map(({ document, chunks }) => ({
      sourceUrl: document.sourceUrl,
      hashes: chunks.map((chunk) => chunk.contentHash),
    }));
  if (documents.length === 0) return;
  const known = await store.known(run.name, documents);
  for (const { sourceUrl, hashes } of documents) {
    run.seen.add(sourceUrl);
    run.documents++;
    const own = known.own.get(sourceUrl);
    const kept = hashes.filter((hash) => own?.has(hash)).length;
    counts.kept += kept;
    counts.added += hashes.length - kept;
    counts.removed += Math.max((run.stored.documents.get(sourceUrl)?.chunks ?? 0) - kept, 0);
    for (const hash of hashes) {
      if (own?.has(hash) || known.vectors.has(hash) || sent.has(hash)) continue;
      sent.add(hash);
      counts.embedded++;
    }
  }
}
