import { chooseDatabase } from "../config/database-choice.ts";
import { SEARCH_LIMIT_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { loadSettings, type Settings } from "../config/settings.ts";
import { createEmbedder, isProvider } from "../embed/registry.ts";
import { IngestError } from "../flow/errors.ts";
import { withRetry } from "../flow/retry.ts";
import { printable, printableJson } from "../text/printable.ts";
import { sameIdentity } from "../store/model-identity.ts";
import { openStore } from "../store/open-store.ts";
import type { SearchHit, Store } from "../store/store.ts";
import type { World } from "./world.ts";

const SNIPPET_LINES = 4;
const SNIPPET_CHARACTERS = 320;
const RETRIES = 2;

/** Finds the chunks that answer `text`, with the model the corpus was made with. Exit code 0, also when nothing is found. */
export async function search(flags: Flags, text: string, world: World): Promise<number> {
  const { settings, origins, warnings } = loadSettings({ flags, env: world.env, cwd: world.cwd });
  for (const warning of warnings) if (!flags.quiet) world.stderr.write(`warning: ${printable(warning)}\n`);
  const store = await openStore(chooseDatabase(settings, origins, world.cwd), {});
  try {
    const hits = await findHits(store, flags, text, settings, world);
    world.stdout.write(flags.json ? hits.map(jsonLine).join("") : hitsText(hits));
    return 0;
  } finally {
    await store.close();
  }
}

async function findHits(
  store: Store,
  flags: Flags,
  text: string,
  settings: Settings,
  world: World,
): Promise<SearchHit[]> {
  for (;;) {
    const { identity, kind } = await store.inspect();
    if (identity === undefined || !isProvider(identity.provider)) {
      throw new IngestError(
        `there is no corpus in ${store.description}${kind === "adoptable" ? " that an ingest has adopted" : ""}`,
        {
          decision: "fatal",
          code: "no_corpus",
          hint: "make one first: bbj-ingest-all",
        },
      );
    }
    const embedder = createEmbedder({
      ...settings.embedder,
      embeddingProvider: identity.provider,
      embeddingModel: identity.model,
      embeddingDimensions: identity.dimensions,
    });
    // The probe tells a server that shortens vectors to do so, and names what is wrong with it.
    await withRetry(() => embedder.probe(), { retries: RETRIES, clock: world.clock });
    const [vector] = await withRetry(() => embedder.embedBatch([text]), { retries: RETRIES, clock: world.clock });
    if (vector === undefined) throw new TypeError("the embedder gave no vector");
    const [source] = flags.source ?? [];
    const request = {
      text,
      vector,
      limit: flags.limit ?? SEARCH_LIMIT_DEFAULT,
      ...(flags.generation === undefined ? {} : { generation: flags.generation }),
      ...(source === undefined ? {} : { source }),
    };
    const outcome = await store.search(request).then(
      (hits) => ({ hits }),
      (error: unknown) => ({ error }),
    );
    // A rebuild with another model may have been swapped in since the text was embedded.
    if (!sameIdentity((await store.inspect()).identity, identity)) continue;
    if ("error" in outcome) throw outcome.error;
    return outcome.hits;
  }
}

function jsonLine(hit: SearchHit): string {
  const line = JSON.stringify({
    type: "hit",
    score: Number(hit.score.toFixed(6)),
    title: hit.title,
    context_header: hit.contextHeader,
    source_url: hit.sourceUrl,
    display_url: hit.displayUrl,
    source: hit.sourceName,
    source_type: hit.sourceType,
    generations: hit.generations,
    content_hash: hit.contentHash,
    content: hit.content,
  });
  return `${printableJson(line)}\n`;
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
