import { SEARCH_LIMIT_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { listSources } from "../config/sources.ts";
import { unknownOf } from "../config/nearest.ts";
import { problemsError } from "../config/problems.ts";
import { type Hint, usageError } from "../flow/errors.ts";
import { jsonLine } from "../report/json.ts";
import { printable } from "../text/printable.ts";
import { sameIdentity } from "../store/model-identity.ts";
import type { SearchHit, Share, Store } from "../store/store.ts";
import { CorpusQueries } from "./corpus-queries.ts";
import { modelOf, readCorpus } from "./corpus.ts";
import type { World } from "./world.ts";

const SNIPPET_LINES = 4;
const SNIPPET_CHARACTERS = 320;

/** Finds the chunks that answer `text`, with the model the corpus was made with. Exit code 0, also when nothing is found. */
export async function search(flags: Flags, text: string, world: World): Promise<number> {
  // Without one it is asked for nothing but the name of a source that has no chunks.
  if (flags.config !== undefined) listSources(flags, world.cwd);
  await readCorpus(flags, world, async (store, { embedder }) => {
    await requireCorpusOf(store, flags, world);
    const { source: [source] = [], limit = SEARCH_LIMIT_DEFAULT, generation } = flags;
    const queries = new CorpusQueries(store, { embedder, clock: world.clock });
    const hits = await queries.find({ text, limit, generation, source });
    world.stdout.write(flags.json ? hits.map(hitLine).join("") : hitsText(hits));
  });
  return 0;
}

/** Throws a usage error when the corpus is of another model than flags name, or has no chunk of such a source or generation. */
export async function requireCorpusOf(store: Store, flags: Flags, { cwd }: World): Promise<void> {
  const { source: [source] = [], generation } = flags;
  const identity = await modelOf(store);
  const { embedder: provider = identity.provider, model = identity.model, dimensions = identity.dimensions } = flags;
  if (!sameIdentity(identity, { provider, model, dimensions })) {
    const made = `${identity.provider} ${identity.model} (${identity.dimensions} dimensions)`;
    const hint = "leave out --embedder, --model and --dimensions: the corpus knows them";
    throw usageError(`the corpus in ${store.description} was made with ${made}; search embeds with that`, hint);
  }
  const noSource = source !== undefined && !(await store.hasChunks({ source }));
  const noGeneration = generation !== undefined && !(await store.hasChunks({ generation }));
  if (!noSource && !noGeneration) return;
  const { bySource, byGeneration } = await store.statistics();
  // What was adopted has no source yet.
  const names = (shares: readonly Share[]) => shares.flatMap(({ name }) => (name === "" ? [] : [name]));
  const isListed = noSource && listSources(flags, cwd).some(({ name }) => name === source);
  const problems = [
    ...(isListed ? [`source "${source}" has no chunks yet`] : []),
    ...(noSource && !isListed ? [unknownOf("source", source, names(bySource))] : []),
    ...(noGeneration ? [unknownOf("generation", generation, names(byGeneration))] : []),
  ];
  const hint: Hint = (call) => `ingest it: ${call.again([`--source=${source}`])}`;
  throw problemsError(store.description, problems, isListed ? hint : undefined);
}

function hitLine({ score, sourceName: source, ...hit }: SearchHit): string {
  const { title, contextHeader, sourceUrl, displayUrl, sourceType, generations, contentHash, content } = hit;
  return jsonLine({
    ...{ type: "hit", score: Number(score.toFixed(6)), title, contextHeader, sourceUrl, displayUrl, source },
    ...{ sourceType, generations, contentHash, content },
  });
}

function hitsText(hits: readonly SearchHit[]): string {
  if (hits.length === 0) return "Nothing found.\n";
  return hits.map((hit, index) => hitText(hit, index + 1)).join("\n");
}

function hitText(hit: SearchHit, number: number): string {
  const urls = hit.displayUrl === "" ? hit.sourceUrl : `${hit.displayUrl}  (${hit.sourceUrl})`;
  return [
    `${number}. ${printable(hit.title)}  (${hit.score.toFixed(4)})`,
    `   ${printable(hit.contextHeader)}`,
    `   ${printable(urls)}`,
    ...snippet(hit).map((line) => `   | ${line}`),
    "",
  ].join("\n");
}

/** The first lines of the chunk, without the context header that stands above them. */
function snippet({ content, contextHeader }: SearchHit): string[] {
  const text = content.startsWith(contextHeader) ? content.slice(contextHeader.length) : content;
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const shown: string[] = [];
  let left = SNIPPET_CHARACTERS;
  for (const line of lines.slice(0, SNIPPET_LINES)) {
    if (left <= 0) break;
    shown.push(printable(line.length > left ? `${line.slice(0, left)} ...` : line));
    left -= line.length;
  }
  return shown;
}
