import { callOf } from "../config/call.ts";
import { SEARCH_LIMIT_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import { type Hint, IngestError } from "../flow/errors.ts";
import { Watchdog } from "../flow/watchdog.ts";
import { errorEvent } from "../ingest/events.ts";
import { type Found, foundText, shownScore, snippetOf } from "../report/found-text.ts";
import { jsonLine } from "../report/json.ts";
import { type HitDetails, type Neighbour, SEARCH_MODES } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import { appearanceOf } from "./appearance.ts";
import { comparedSources } from "./compared-sources.ts";
import { CorpusQueries, type Question } from "./corpus-queries.ts";
import { readCorpus } from "./corpus.ts";
import { requireCorpusOf } from "./require-corpus.ts";
import type { World } from "./world.ts";

/** A model that is loaded takes its time, and a server may never answer: by then whoever asks wants something. */
const WAITING_SAID_MS = 5_000;
const WAITING_MS_MAX = 60_000;
/** Half of the last digit that `--json` has of a score. */
const SCORE_ROUNDING = 5e-7;
/**
 * Of the way from the cosine of any text to that of the same text. Of 60 questions on the sample corpus and 60 on other
 * things, 0 and 58 are weak with MiniLM, 5 and 57 with hashed words (`test/bench/RESULTS.md`).
 */
const CLOSENESS_MIN = 0.35;

/** Finds the chunks that answer `text`, with the model the corpus was made with. Exit code 0, also when nothing is found. */
export async function search(flags: Flags, text: string, world: World): Promise<number> {
  // Without one it is asked for nothing but the name of a source that has no chunks.
  if (flags.config !== undefined) comparedSources(flags, world);
  await readCorpus(flags, world, async (store, { embedder }) => {
    await requireCorpusOf(store, flags, world);
    const { source: [source] = [], generation, docType, context = 0 } = flags;
    const { limit = SEARCH_LIMIT_DEFAULT, mode: [mode] = SEARCH_MODES, minScore = 0 } = flags;
    using patience = new Watchdog(world.clock);
    const queries = new CorpusQueries((work) => work(store), { embedder, clock: world.clock });
    const question = { text, mode, limit, generation, source, docType };
    if (mode !== "text") patience.limitTime(WAITING_MS_MAX, noVectorYet);
    const { signal } = patience;
    const asked = await answerable({ queries, question, signal }, flags, world);
    const all = await queries.find(asked, signal);
    const { vector } = asked.mode === "text" ? {} : await queries.embed(text, signal);
    const hits = all.filter(({ score }) => score >= minScore - SCORE_ROUNDING);
    const details = await store.hitDetails(hits, { text, vector, context });
    const found = hits.flatMap((hit, index) => {
      const of = details[index];
      return of === undefined ? [] : [{ hit, details: of }];
    });
    const weak = isWeak(details, vector && (await store.typicalCosine(vector)));
    const [best] = all;
    if (flags.json) world.stdout.write(found.map((one) => hitLine(one, { weak, withContext: context > 0 })).join(""));
    else if (found.length > 0)
      world.stdout.write(foundText(found, { ...appearanceOf(world), weak, whole: context > 0 }));
    else if (best === undefined) world.stdout.write("Nothing found.\n");
    else
      world.stdout.write(`Nothing found that scores ${minScore} or more; the best scores ${shownScore(best.score)}.\n`);
  });
  return 0;
}

type Asking = { readonly queries: CorpusQueries; readonly question: Question; readonly signal: AbortSignal };

/**
 * The question, without its half by meaning while the embedding server is away: that is said, and what there is by words
 * is better than nothing. What no waiting mends is thrown; it would pass unnoticed for ever.
 */
async function answerable({ queries, question, signal }: Asking, flags: Flags, world: World): Promise<Question> {
  const { text, mode } = question;
  if (mode === "text") return question;
  const arrived = new AbortController();
  void world.clock.sleep(WAITING_SAID_MS, arrived.signal).then(
    () =>
      flags.quiet ||
      world.stderr.write("waiting for the vector of the question, up to a minute; --mode text needs none\n"),
    () => {},
  );
  try {
    await queries.embed(text, signal);
    return question;
  } catch (error) {
    if (!(error instanceof IngestError)) throw error;
    if (mode === "vector" || !mayPass(error)) throw orByWords(error, text);
    const { code, message, hint } = errorEvent(error, callOf(world.program, flags));
    const reason = `searched by words alone: ${message}`;
    // With --quiet too: the results are worse than they look.
    world.stderr.write(`warning: ${printable(reason)}\n`);
    for (const line of hint.split("\n")) if (line !== "") world.stderr.write(`  ${printable(line)}\n`);
    if (flags.json) world.stdout.write(jsonLine({ type: "warning", code, reason, hint }));
    return { ...question, mode: "text" };
  } finally {
    arrived.abort();
  }
}

function noVectorYet(): IngestError {
  const hint = "a server that is loading its model has it by and by: ask again";
  const message = `the question has no vector after ${WAITING_MS_MAX / 1_000} s`;
  return new IngestError(message, { decision: "retry", code: "timeout", hint });
}

/** The error, with the other way to search. */
function orByWords(error: IngestError, text: string): IngestError {
  const { message, decision, code, hint = "" } = error;
  const both: Hint = (call) => {
    const byWords = `to search by words alone: ${call.again(["search", "--mode=text", "--", text])}`;
    const first = typeof hint === "string" ? hint : hint(call);
    return first === "" ? byWords : `${first}\n${byWords}`;
  };
  return new IngestError(message, { decision, code, hint: both, cause: error });
}

/**
 * Whether nothing that was found may be meant: no hit has more than half of the question's words, and the nearest one is
 * hardly nearer to it than any text is. `typical`: the cosine of any text; undefined where words alone were asked for, of
 * which half are enough then.
 */
export function isWeak(details: readonly HitDetails[], typical: number | null | undefined): boolean {
  const shares = details.map(({ found, missing }) => found.length / Math.max(1, found.length + missing.length));
  const share = Math.max(0, ...shares);
  if (typeof typical !== "number") return share < 0.5;
  const nearest = Math.max(typical, ...details.flatMap(({ cosine }) => cosine ?? []));
  return share <= 0.5 && (nearest - typical) / (1 - typical) < CLOSENESS_MIN;
}

/** Whether it was born of what may pass; a probe makes an end of everything. */
function mayPass({ decision, cause }: IngestError): boolean {
  return decision !== "fatal" || (cause instanceof IngestError && mayPass(cause));
}

function hitLine(
  found: Found,
  { weak, withContext }: { readonly weak: boolean; readonly withContext: boolean },
): string {
  const { score, sourceName: source, content, ...hit } = found.hit;
  const { title, contextHeader, sourceUrl, displayUrl, sourceType, docType, generations, contentHash } = hit;
  const { cosine, chunkIndex, firstPage, lastPage, pageLabels, found: words, missing, ...beside } = found.details;
  const [before, after] = [beside.before.map(neighbourOf), beside.after.map(neighbourOf)];
  return jsonLine({
    ...{ type: "hit", weak, score: rounded(score), cosine: cosine === null ? null : rounded(cosine) },
    ...{ title, contextHeader, sourceUrl, displayUrl, source, sourceType, docType, generations },
    ...{ page: firstPage, lastPage, pageLabels, words, missing, snippet: snippetOf(found, (text) => text) },
    ...(withContext ? { context: { before, after } } : {}),
    ...{ chunkIndex, contentHash, content },
  });
}

function neighbourOf({ chunkIndex, contentHash, content }: Neighbour) {
  return { chunkIndex, contentHash, content };
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}
