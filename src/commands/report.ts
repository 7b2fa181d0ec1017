import { callOf } from "../config/call.ts";
import type { Flags } from "../config/flags.ts";
import type { ListedSource } from "../config/sources.ts";
import type { Call } from "../flow/errors.ts";
import { isDocType } from "../enrich/document-type.ts";
import { corpusReportText } from "../report/corpus-report.ts";
import { plural } from "../text/words.ts";
import { jsonLine } from "../report/json.ts";
import type { Statistics } from "../store/store.ts";
import { comparedSources } from "./compared-sources.ts";
import { headOf, incompleteText } from "./corpus-head.ts";
import { readCorpus } from "./corpus.ts";
import type { World } from "./world.ts";

const UNTAGGED_SHARE_MAX = 0.05;
const SOURCE_SHARE_MAX = 0.9;

/** Says what the corpus consists of, and what looks wrong with it. Exit code 0, with warnings too. */
export async function report(flags: Flags, world: World): Promise<number> {
  const listed = comparedSources(flags, world);
  await readCorpus(flags, world, async (store, { embedder }) => {
    const { vectorIndexes, ...made } = await headOf(store, embedder);
    const statistics = await store.statistics();
    const unindexed = await store.whyUnindexed();
    const warnings = [
      ...warningsOf(statistics, listed, callOf(world.program, flags)),
      ...(unindexed === undefined ? [] : [unindexed]),
    ];
    const found = { ...made, ...statistics, vectorIndexes, warnings };
    const { columns } = world.stdout;
    world.stdout.write(flags.json ? jsonLine({ type: "report", ...found }) : corpusReportText(found, columns));
  });
  return 0;
}

/** What a careful person would look into. */
function warningsOf(statistics: Statistics, listed: readonly ListedSource[], call: Call): string[] {
  const { chunks, bySource, byDocType, untagged, incomplete, withoutChunks } = statistics;
  const stored = new Set(bySource.map(({ name }) => name));
  const missing = listed.filter(({ name, enabled }) => enabled && !stored.has(name));
  const warnings = missing.map(({ name }) => `source "${name}" has no chunks`);
  const percent = (some: number) => `${Math.round((100 * some) / chunks)}%`;
  if (untagged > chunks * UNTAGGED_SHARE_MAX) {
    const untold = "neither their path nor their text says of which generation they are";
    warnings.push(`${percent(untagged)} of the chunks are untagged: ${untold}`);
  }
  const [largest, second] = bySource;
  if (largest !== undefined && second !== undefined && largest.chunks > chunks * SOURCE_SHARE_MAX) {
    warnings.push(`source "${largest.name}" has ${percent(largest.chunks)} of all chunks`);
  }
  for (const { name, chunks: some } of byDocType) {
    if (name !== "" && !isDocType(name)) warnings.push(`${have(some, "chunk")} the unknown document type "${name}"`);
  }
  if (incomplete > 0) warnings.push(`${incompleteText(incomplete)}: ${call.again([])}`);
  if (withoutChunks.documents > 0) warnings.push(`${have(withoutChunks.documents, "document")} no chunks`);
  return warnings;
}

function have(value: number, noun: string): string {
  return `${plural(value, noun)} ${value === 1 ? "has" : "have"}`;
}
