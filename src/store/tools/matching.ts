import { z } from "zod";
import { wordsApart } from "../corpus/chunk-columns.ts";
import { cleanText } from "../driver/clean-text.ts";
import type { Queryable, Statement } from "../driver/database.ts";
import { allRows, exists } from "../driver/rows.ts";
import { constant, ident, integer, sql } from "../driver/sql.ts";
import { type Wording, wordingOf } from "../../text/wording.ts";

/** What is read of a question; it may be a file. */
const TOKENS_MAX = 64;
const TOKEN_CHARACTERS_MAX = 256;
const WORDS_MAX = 64;
/** Where counting ends: a word that is in so many rows is common. */
const COUNTED_ROWS_MAX = 20_000;
/** Rows that are ranked: those with the rarest words, until there are so many. Of one word that more rows have, so many. */
const RANKED_ROWS_MAX = 3_000;

/** What `ts_rank` gives a word that occurs once: 0.6 / pi ^ 2. */
const ONE_OCCURRENCE = 0.060793;

/** What words of prose do not have: `addButton`, `BBjGrid`, `PUSH`, `X0`, `a_b`, `a.b`, `a::b`, `a!.b`, `get(`, `--id`, `$0C$`, `<b-c>`. */
const NAME =
  /[\p{Ll}\p{N}]\p{Lu}|\p{Lu}{2}[\p{Ll}\p{N}]|^\P{L}*\p{Lu}{3,}\P{L}*$|\p{L}\p{N}|\p{N}\p{L}|[\p{L}\p{N}](?:[._/\\:#@]+|[!$%]\.|->|\()[\p{L}\p{N})]|^(?:--?|[#$%.</@!\\])[(\p{L}\p{N}]/u;
/** What stands around a name in a sentence or a call. */
const AROUND = /^["'`([{,;]+|\([^]*$|[.,;:?"'`)\]}]+$/g;

type Word = { readonly query: string; readonly rarity: number };

type AskedWords = {
  readonly words: readonly Word[];
  /** Finds the rows worth ranking: those with the rarest of the words. "" when no row has any. */
  readonly rarest: string;
  /** Too many rows to be ranked have it. */
  readonly isCommon: boolean;
  /** Names of several words, or with punctuation, as they were typed. */
  readonly names: readonly { readonly name: string; readonly rarity: number }[];
  readonly isName: boolean;
};

type Matching = {
  /** Texts by `content_hash` and `rank`, with the share of the question that is in them (`covered`, of its words' rarity). */
  readonly ranking: Statement;
  /** Most of what tells the question from others is in names that there are, which a vector knows little of. */
  readonly isName: boolean;
};

export const NO_MATCHING: Matching = {
  ranking: constant("select '' as content_hash, 0 as rank, 0::float8 as covered where false"),
  isName: false,
};

type MatchingOptions = {
  /** Condition on rows `c`. */
  readonly filter: Statement;
  readonly candidates: number;
  readonly table: string;
  /** Whether the table has `name_words`, which a corpus lacks that no run has brought up to date yet. */
  readonly hasNames: boolean;
};

/**
 * The text half of a ranking: the texts with words of the question, the rarer the words the better. A word counts by
 * how rare it is (as in BM25, asked of the index) and how often it occurs (`ts_rank`: 1 + 1/4 + 1/9 ...), in a long text less; a name
 * that stands there as it was typed counts like its words once more; texts with all of the words come first. Where some
 * text has the question's phrases, only those count that do.
 */
export async function matchingTexts(
  tx: Queryable,
  { text, phrases }: Wording,
  { filter, candidates, table, hasNames }: MatchingOptions,
): Promise<Matching> {
  const chunks = ident(table);
  const matches = matchesIn(hasNames);
  const phrased = phrases.reduce((all, phrase) => sql`${all} and ${hasPhrase(phrase, hasNames)}`, filter);
  const isPhrased = phrases.length > 0 && (await exists(tx)`select from ${chunks} c where ${phrased}`);
  const where = isPhrased ? phrased : filter;
  const asked = await askedWords(tx, text, { rows: chunks, filter: where, matches });
  const { words, names, rarest, isCommon, isName } = asked;
  if (rarest === "") return NO_MATCHING;
  const every = words.map(({ query }) => query).join(" & ");
  const weights = [
    ...words.map(({ query, rarity }) => sql`${rarity}::float8 * ts_rank(once.words, ${query}::tsquery)`),
    ...names.map(
      ({ name, rarity }) =>
        sql`case when strpos(once.text, ${name}::text) > 0 then ${rarity * ONE_OCCURRENCE}::float8 else 0 end`,
    ),
  ];
  const most = promising(chunks, { queries: words.length > 1 ? [every, rarest] : [rarest], where, matches });
  const worthRanking = isCommon ? sql`c.id in (${most})` : matches(constant("r.query"));
  const found = words.map(
    ({ query, rarity }) => sql`case when once.words @@ ${query}::tsquery then ${rarity}::float8 else 0 end`,
  );
  const ranking = sql`
    select content_hash, row_number() over (order by bool_or(has_all) desc, max(weight) desc, content_hash) as rank,
      max(covered) as covered
    from (
      select c.content_hash, once.words @@ ${every}::tsquery as has_all,
        (${sumOf(weights)}) / ln(length(once.words) + 1) as weight, (${sumOf(found)}) / ${rarityOf(words)}::float8 as covered
      from ${unknown(rarest)} r cross join ${chunks} c
        -- Fetched once, not for each word.
        cross join lateral (
          select coalesce(c.search_vector, '') || ${constant(hasNames ? "c.name_words" : "''::tsvector")} as words, ${names.length === 0 ? constant("''") : constant("lower(c.content)")} as text offset 0) once
      where ${worthRanking} and ${where}) weighed
    group by content_hash order by rank limit ${integer(candidates)}`;
  return { ranking, isName };
}

function sumOf(parts: readonly Statement[]): Statement {
  return parts.reduce((sum, part) => sql`${sum} + ${part}`);
}

/**
 * The rows to be ranked where too many have the rarest word: of those with all of the words, and of those with that one, the
 * ones that have it in their title, and others up to a few thousand. The hash draws these, the same ones each time.
 */
function promising(
  chunks: Statement,
  {
    queries,
    where,
    matches,
  }: { readonly queries: readonly string[]; readonly where: Statement; readonly matches: Matches },
): Statement {
  const word = (queries.at(-1) ?? "").replaceAll("'", "");
  const some = queries.map(
    (query) => sql`(
      select c.id from ${unknown(query)} r cross join ${chunks} c where ${matches(constant("r.query"))} and ${where}
      order by strpos(lower(c.title), ${word}::text) > 0 desc, c.content_hash collate "C" limit ${integer(RANKED_ROWS_MAX)})`,
  );
  return some.reduce((all, one) => sql`${all} union ${one}`);
}

/** A query as a value that the planner does not know, or it would read all rows for a frequent word. */
function unknown(query: string): Statement {
  return sql`(select ${query}::tsquery as query offset 0)`;
}

/**
 * Condition that a row `c` has a phrase: its words side by side, in whatever form; or, of a name that full text takes for
 * one word or for many, its characters.
 */
function hasPhrase(phrase: string, hasNames: boolean): Statement {
  const query = sql`phraseto_tsquery('english', ${cleanText(phrase)}::text)`;
  const typed = /[^\p{L}\p{N}\s]|\p{Ll}\p{Lu}/u.test(phrase)
    ? sql`strpos(lower(c.content), ${cleanText(phrase).toLowerCase()}::text) > 0`
    : constant("false");
  return sql`(numnode(${query}) = 0 or ${matchesIn(hasNames)(query)} or ${typed})`;
}

type Place = Pick<MatchingOptions, "table" | "hasNames">;

/** What a question says in the words of this corpus: a dash that its texts have before a word, as of an option, is no mark. */
export async function wordingIn(tx: Queryable, question: string, place: Place): Promise<Wording> {
  const wording = wordingOf(question);
  if (wording.excluded.length === 0) return wording;
  const names = await allRows(tx, wordShape)`
    select lower(x.word) as word from ${wordRows(wording.excluded)}
    where exists (
      select from (${rowsWith(place, constant("c.content"))} limit ${integer(RANKED_ROWS_MAX)}) c
      where c.content ~* ('(^|[^[:alnum:]_-])-' || replace(x.word, '.', '\\.') || '($|[^[:alnum:]_])'))`;
  return wordingOf(question, new Set(names.map(({ word }) => word)));
}

/** Condition that a row `c` has none of these words; undefined when there are none, or no row has one. */
export async function withoutWords(
  tx: Queryable,
  excluded: readonly string[],
  place: Place,
): Promise<Statement | undefined> {
  if (excluded.length === 0) return undefined;
  // Asked of the index, once: each row would be looked into in every part of a search.
  const rows = await allRows(tx, idShape)`
    select c.id from ${wordRows(excluded)} cross join lateral (${rowsWith(place, constant("c.id::text as id"))}) c`;
  return rows.length === 0 ? undefined : sql`c.id <> all (${rows.map(({ id }) => id)}::bigint[])`;
}

/** Words as rows `x`, each with its query: a name as PostgreSQL's parser takes it, or all of its words. */
function wordRows(words: readonly string[]): Statement {
  const apart = constant(wordsApart("w.word"));
  return sql`(
    select w.word, plainto_tsquery('english', w.word) || plainto_tsquery('english', ${apart}) as query
    from unnest(${words.map(cleanText)}::text[]) w (word) offset 0) x`;
}

/** The rows that have a word `x`. */
function rowsWith({ table, hasNames }: Place, columns: Statement): Statement {
  return sql`select ${columns} from ${ident(table)} c where ${matchesIn(hasNames)(constant("x.query"))}`;
}

type Matches = (query: Statement) => Statement;

/** Whether a row `c` matches a query, which is of one word, or of several with "or" between them. */
function matchesIn(hasNames: boolean): Matches {
  return (query) =>
    hasNames ? sql`(c.search_vector @@ ${query} or c.name_words @@ ${query})` : sql`c.search_vector @@ ${query}`;
}

const idShape = z.object({ id: z.string() });
const wordShape = z.object({ word: z.string() });
const countedShape = z.object({ query: z.string(), places: z.array(z.int()), chunks: z.int(), rows: z.int() });

/** Takes a question apart and counts the rows of its words, the rarest first; none for a question without words. */
async function askedWords(
  tx: Queryable,
  text: string,
  { rows, filter, matches }: { readonly rows: Statement; readonly filter: Statement; readonly matches: Matches },
): Promise<AskedWords> {
  const tokens = tokensOf(text);
  const atMost = sql`limit ${integer(COUNTED_ROWS_MAX)}`;
  const counted = await allRows(tx, countedShape)`
    with token as (
      select place::int - 1 as place, token
      from jsonb_array_elements_text(${JSON.stringify(tokens)}::text::jsonb) with ordinality t (token, place)
    ),
    -- Lexemes of text without punctuation need no escaping in a query.
    word as materialized (
      select quote_literal(w.lexeme)::tsquery as query, jsonb_agg(t.place) as places
      from token t cross join lateral unnest(to_tsvector('english', ${constant(wordsApart("t.token"))})) w
      group by w.lexeme order by min(t.place), w.lexeme limit ${integer(WORDS_MAX)}
    )
    select w.query::text as query, w.places, n.chunks::int as chunks, (select count(*) from (select from ${rows} ${atMost}) c)::int as rows
    from word w cross join lateral (
      select count(*) as chunks from (select from ${rows} c where ${matches(constant("w.query"))} and ${filter} ${atMost}) m) n
    order by n.chunks, w.query::text`;
  const words = counted.map(({ rows: counts, ...word }) => ({
    ...word,
    rarity: Math.log(1 + counts / Math.max(word.chunks, 0.5)),
  }));
  const found = words.filter(({ chunks }) => chunks > 0);
  const names = tokens.flatMap((token, place) => {
    const name = token.replaceAll(AROUND, "").toLowerCase();
    const rarity = rarityOf(found.filter(({ places }) => places.includes(place)));
    return rarity > 0 && /[\p{L}\p{N}]/u.test(name) && /[^\p{L}\p{N}]/u.test(name) ? [{ name, rarity }] : [];
  });
  const ofNames = found.filter(({ places }) => places.some((place) => NAME.test(tokens[place] ?? "")));
  const isCommon = (found[0]?.chunks ?? 0) > RANKED_ROWS_MAX;
  const isAName = tokens.length === 1 && names.length === 1;
  const isName = isAName || (ofNames.length > 0 && 2 * rarityOf(ofNames) >= rarityOf(found));
  return { words, rarest: rarestOf(found), isCommon, names, isName };
}

function tokensOf(text: string): string[] {
  const tokens = cleanText(text.slice(0, TOKENS_MAX * TOKEN_CHARACTERS_MAX)).split(/\s+/);
  return tokens
    .filter((token) => token !== "")
    .slice(0, TOKENS_MAX)
    .map((token) => token.slice(0, TOKEN_CHARACTERS_MAX).toWellFormed());
}

function rarityOf(words: readonly Word[]): number {
  return words.reduce((sum, { rarity }) => sum + rarity, 0);
}

/** Of words that are found, with the rarest first. */
function rarestOf(found: readonly { readonly query: string; readonly chunks: number }[]): string {
  let rows = 0;
  const rarest = found.filter(({ chunks }, index) => (rows += chunks) <= RANKED_ROWS_MAX || index === 0);
  return rarest.map(({ query }) => query).join(" | ");
}
