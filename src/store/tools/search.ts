import { z } from "zod";
import { hasColumn } from "../corpus/meta.ts";
import { CORPUS } from "../corpus/tables.ts";
import { cleanText } from "../driver/clean-text.ts";
import type { Database, Statement } from "../driver/database.ts";
import { allRows, oneRow } from "../driver/rows.ts";
import { constant, ident, integer, sql } from "../driver/sql.ts";
import { wordingOf } from "../../text/wording.ts";
import type { Filter, SearchHit, SearchRequest } from "../store.ts";
import { matchingTexts, NO_MATCHING, withoutWords, wordingIn } from "./matching.ts";
import { nearestTexts } from "./nearest.ts";

/** Reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009; there k = 60, here 50. */
const RRF_K = 50;
/** Candidates of each ranking: at least, and for each hit asked for. */
const CANDIDATES_MIN = 50;
const CANDIDATES_A_HIT = 5;
/** What a half counts, measured on questions of many kinds (test/bench/RESULTS.md). */
const EQUALS = { vector: 1, words: 1 };
/** Where one half leads, the other only parts what has the same rank. */
const WORDS_LEAD = { vector: 0.02, words: 1.5 };
const MEANING_LEADS = { vector: 1, words: 0.01 };
/** Meaning leads where none of the first texts has so much of the question: it was asked in other words than theirs. */
const COVERED_MIN = 0.5;
const COVERING_TEXTS = 5;

export const hitShape = z.object({
  /** Reciprocal rank fusion of the two rankings. */
  score: z.number(),
  /** Of the query's vector and the text's; null where the text was found by its words alone. */
  cosine: z.number().nullable(),
  title: z.string(),
  contextHeader: z.string(),
  sourceUrl: z.string(),
  displayUrl: z.string(),
  sourceName: z.string(),
  sourceType: z.string(),
  docType: z.string(),
  generations: z.array(z.string()),
  deprecated: z.boolean(),
  content: z.string(),
  contentHash: z.string(),
});

const foundShape = z.object({ found: z.boolean() });

/** Ranks by cosine distance, by full text, or fuses the two; one row for each distinct text, ties broken by its hash. */
export async function searchChunks(
  database: Database,
  request: SearchRequest,
  table = CORPUS.chunks,
): Promise<SearchHit[]> {
  const candidates = Math.max(CANDIDATES_MIN, request.limit * CANDIDATES_A_HIT);
  const { mode = "hybrid" } = request;
  return database.begin(async (tx) => {
    const hasNames = await hasColumn(tx, table, "name_words");
    const wording = await wordingIn(tx, request.text, { table, hasNames });
    const conditions = [filterOf(request), await withoutWords(tx, wording.excluded, { table, hasNames })];
    const filter = allOf(conditions.filter((condition) => condition !== undefined));
    const nearest = await nearestTexts(tx, request, filter, candidates, { table });
    const where = filter ?? constant("true");
    const { ranking: matching, isName } =
      mode === "vector"
        ? NO_MATCHING
        : await matchingTexts(tx, wording, { filter: where, candidates, table, hasNames });
    const wordsLead = mode !== "text" && (isName || request.wordsLead === true);
    const weights = wordsLead ? WORDS_LEAD : EQUALS;
    const halves = { nearest, matching, weights, coveredMin: wordsLead || mode === "text" ? 0 : COVERED_MIN };
    return allRows(tx, hitShape)`${statement(request, halves, where, ident(table))}`;
  });
}

/** A question without the words that are to be left out; one without marks is asked of nobody. */
export async function wantedText(database: Database, question: string, table = CORPUS.chunks): Promise<string> {
  if (wordingOf(question).excluded.length === 0) return question;
  return database.begin(async (tx) => {
    const hasNames = await hasColumn(tx, table, "name_words");
    const { text, excluded } = await wordingIn(tx, question, { table, hasNames });
    return excluded.length === 0 ? question : text;
  });
}

/** Whether any chunk would do. */
export async function hasChunks(database: Database, of: Filter): Promise<boolean> {
  const where = filterOf(of) ?? constant("true");
  const { found } = await oneRow(database, foundShape)`select exists (select from chunks c where ${where}) as found`;
  return found;
}

/** On rows `c`; undefined when every row will do. */
export function filterOf({ generation, source, docType, without = [] }: Filter): Statement | undefined {
  const parts: Statement[] = [];
  // Contains, not `= any`: that is what the GIN index knows.
  if (generation !== undefined) parts.push(sql`c.generations @> array[${cleanText(generation)}::text]`);
  if (source !== undefined) parts.push(sql`c.source_name = ${cleanText(source)}::text`);
  if (docType !== undefined) parts.push(sql`c.doc_type = ${cleanText(docType)}::text`);
  if (without.length > 0) parts.push(sql`c.content_hash <> all (${without}::text[])`);
  return allOf(parts);
}

function allOf(conditions: readonly Statement[]): Statement | undefined {
  return conditions.length === 0 ? undefined : conditions.reduce((all, one) => sql`${all} and ${one}`);
}

type Halves = {
  readonly nearest: Statement;
  readonly matching: Statement;
  /** What the halves count where the first texts have so much of the question; else, meaning leads. */
  readonly weights: { readonly vector: number; readonly words: number };
  readonly coveredMin: number;
};

function statement(
  { limit }: SearchRequest,
  { nearest, matching, weights, coveredMin }: Halves,
  filter: Statement,
  chunks: Statement,
): Statement {
  return sql`
    with nearest as (${nearest}),
    by_vector as (
      select content_hash, min(distance) as distance, row_number() over (order by min(distance), content_hash) as rank
      from nearest group by content_hash
    ),
    by_words as (${matching}),
    weight as (
      select ${weights.vector}::float8 as vector, ${weights.words}::float8 as words
      where exists (select from by_words where rank <= ${integer(COVERING_TEXTS)} and covered >= ${coveredMin}::float8)
      union all select ${MEANING_LEADS.vector}::float8, ${MEANING_LEADS.words}::float8 limit 1),
    fused as (
      select content_hash, 1 - v.distance as cosine,
        coalesce(w.vector / (${integer(RRF_K)} + v.rank), 0) + coalesce(w.words / (${integer(RRF_K)} + m.rank), 0) as score
      from by_vector v full join by_words m using (content_hash) cross join weight w
      order by score desc, content_hash limit ${integer(limit)}
    )
    select f.score::float8 as score, f.cosine::float8 as cosine, h.title, h.context_header as "contextHeader", h.source_url as "sourceUrl",
      h.display_url as "displayUrl", h.source_name as "sourceName", h.source_type as "sourceType",
      h.doc_type as "docType", h.generations, h.deprecated, h.content,
      h.content_hash as "contentHash"
    from fused f cross join lateral (
      select c.* from ${chunks} c where c.content_hash = f.content_hash and ${filter}
      order by c.source_name, c.source_url limit 1) h
    order by f.score desc, h.content_hash`;
}
