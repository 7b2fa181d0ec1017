import type { Flags } from "../config/flags.ts";
import { type ListedSource, listSources } from "../config/sources.ts";
import { isDocType } from "../enrich/document-type.ts";
import { corpusReportText } from "../report/corpus-report.ts";
import { plural } from "../text/words.ts";
import { jsonLine } from "../report/json.ts";
import type { Statistics } from "../store/store.ts";
import { modelOf, readCorpus } from "./corpus.ts";
import type { World } from "./world.ts";

const UNTAGGED_SHARE_MAX = 0.05;
const SOURCE_SHARE_MAX = 0.9;

/** Says what the corpus consists of, and what looks wrong with it. Exit code 0, with warnings too. */
export async function report(flags: Flags, world: World): Promise<number> {
  const listed = listSources(flags, world.cwd);
  await readCorpus(flags, world, async (store) => {
    const { provider, model, dimensions } = await modelOf(store);
    const statistics = await store.statistics();
    const warnings = warningsOf(statistics, listed);
    const database = store.description;
    const made = { database, embedder: provider, model, dimensions };
    const named = `${provider} ${model} (${dimensions} dimensions)`;
    world.stdout.write(
      flags.json
        ? jsonLine({ type: "report", ...made, ...statistics, warnings })
        : corpusReportText({ statistics, database, model: named, warnings }, world.stdout.columns),
    );
  });
  return 0;
}

/** What a careful person would look into. */
function warningsOf(statistics: Statistics, listed: readonly ListedSource[]): string[] {
  const { chunks, bySource, byDocType, untagged, incomplete, withoutChunks } = statistics;
  const stored = new Set(bySource.map(({ name }) => name));
  const [largest, second] = bySource;
  return [
    ...listed
      .filter(({ name, enabled }) => enabled && !stored.has(name))
      .map(({ name }) => `source "${name}" has no chunks`),
    ...(untagged > chunks * UNTAGGED_SHARE_MAX
      ? [
          `${Math.round((100 * untagged) / chunks)}% of the chunks are untagged: neither their path nor their text says of which generation they are`,
        ]
      : []),
    ...(largest !== undefined && second !== undefined && largest.chunks > chunks * SOURCE_SHARE_MAX
      ? [`source "${largest.name}" has ${Math.round((100 * largest.chunks) / chunks)}% of all chunks`]
      : []),
    ...byDocType
      .filter(({ name }) => name !== "" && !isDocType(name))
      .map(({ name, chunks: some }) => `${have(some, "chunk")} the unknown document type "${name}"`),
    ...(incomplete > 0
      ? [
          `${plural(incomplete, "document")} ${incomplete === 1 ? "is" : "are"} incomplete; run again, or with --retry-failed`,
        ]
      : []),
    ...(withoutChunks.documents > 0 ? [`${have(withoutChunks.documents, "document")} no chunks`] : []),
  ];
}

function have(value: number, noun: string): string {
  return `${plural(value, noun)} ${value === 1 ? "has" : "have"}`;
}
