import { toSql } from "pgvector";
import { z } from "zod";
import { cleanText } from "../driver/clean-text.ts";
import { wordsApart } from "../corpus/chunk-columns.ts";
import { hasColumn } from "../corpus/meta.ts";
import { CORPUS } from "../corpus/tables.ts";
import type { Database, Queryable, Statement } from "../driver/database.ts";
import { allRows, oneRow } from "../driver/rows.ts";
import { constant, integer, literal, sql } from "../driver/sql.ts";
import { wordingIn } from "./matching.ts";
import type { SearchHit } from "../store.ts";
import { hitsTable, type Neighbour, readNeighbours } from "./neighbours.ts";

/** Around a word that is marked: what no text means, and every encoding of a database has. */
const [START, END] = ["\u0001", "\u0002"];
/** What stands around a word in a sentence. */
const AROUND = /^[^\p{L}\p{N}_]+|(?<![^\p{L}\p{N}_])[^\p{L}\p{N}_]+$/gu;
const NAME_JOINTS: ReadonlySet<string> = new Set(["_", ".", "!.", "::", "#"]);
/** A question may be a whole file. */
const WORDS_MAX = 64;
/** And a word a picture in base64; the ranking reads as much of one. */
const WORD_CHARACTERS_MAX = 256;

/** From one character of a text up to another. */
export type Span = readonly [from: number, to: number];

/** What is shown of a hit beside what ranks it. */
export type HitDetails = {
  readonly chunkIndex: number;
  /** Of the question's vector and the text's; null where there is none. */
  readonly cosine: number | null;
  /** Of a PDF, as its file counts them; null elsewhere. */
  readonly firstPage: number | null;
  readonly lastPage: number | null;
  /** What is printed on the pages, where that is not their number. */
  readonly pageLabels: string | null;
  /** Where words of the question stand in the text, in whatever form. */
  readonly marks: readonly Span[];
  /** The words of the question that the hit has, in its title and header too, as they were typed. */
  readonly found: readonly string[];
  /** And those that it lacks. */
  readonly missing: readonly string[];
  /** The chunks beside it, in the order of the document. */
  readonly before: readonly Neighbour[];
  readonly after: readonly Neighbour[];
};

/** Their mean is known to a tenth of what they differ by. */
const TYPICAL_TEXTS = 200;

const typicalShape = z.object({ cosine: z.number().nullable() });
/** `query`: what full text looks for; of `Class.method` both words. */
const askedShape = z.object({ word: z.string(), query: z.string() });
type AskedWord = z.infer<typeof askedShape>;
const rowShape = z.object({
  number: z.int(),
  chunkIndex: z.int(),
  cosine: z.number().nullable(),
  firstPage: z.string().nullable(),
  lastPage: z.string().nullable(),
  pageLabels: z.string().nullable(),
  marked: z.string(),
  has: z.array(z.boolean()),
});
type Row = Omit<z.infer<typeof rowShape>, "number">;
/** Of a hit that has left since it was found. */
const GONE: Row = {
  ...{ chunkIndex: 0, cosine: null, firstPage: null, lastPage: null, pageLabels: null },
  ...{ marked: "", has: [] },
};

/** What hits are the answers to; `context`: how many chunks are shown before and after each. */
export type AskedText = { readonly text: string; readonly vector: Float32Array | undefined; readonly context: number };

/** The details of each hit. */
export async function readHitDetails(
  database: Database,
  hits: readonly SearchHit[],
  { text, vector, context }: AskedText,
): Promise<HitDetails[]> {
  if (hits.length === 0) return [];
  return database.begin(async (tx) => {
    const hasNames = await hasColumn(tx, CORPUS.chunks, "name_words");
    const { text: wanted } = await wordingIn(tx, text, { table: CORPUS.chunks, hasNames });
    const asked = await askedWords(tx, wanted);
    const rows = await readRows(tx, hits, asked, vector);
    const neighbours = context === 0 ? [] : await readNeighbours(tx, hits, context);
    return hits.map((hit, index) => {
      const isOf = ({ number }: { readonly number: number }) => number === index + 1;
      const beside = neighbours.filter(isOf);
      return {
        ...detailsOf(hit, rows.find(isOf) ?? GONE, asked),
        before: beside.filter(({ distance }) => distance < 0),
        after: beside.filter(({ distance }) => distance > 0),
      };
    });
  });
}

/**
 * What the cosine of `vector` and any text of the corpus is: models differ in that, from 0 to 0.8. Of the texts with the
 * smallest hashes, which are drawn from all alike, and always the same. Null where there is none.
 */
export async function readTypicalCosine(database: Database, vector: Float32Array): Promise<number | null> {
  return database.begin(async (tx) => {
    const { cosine } = await oneRow(tx, typicalShape)`
      select avg(cosine)::float8 as cosine
      from (select ${cosineTo(vector)} as cosine from chunks c order by c.content_hash limit ${integer(TYPICAL_TEXTS)}) s`;
    return cosine;
  });
}

/** The words of a question that full text knows: not "the". */
async function askedWords(tx: Queryable, text: string): Promise<readonly AskedWord[]> {
  const words = typedWords(text);
  // Lexemes of text without punctuation need no escaping in a query.
  return allRows(tx, askedShape)`
    select w.word, string_agg(quote_literal(l.lexeme), ' & ' order by l.lexeme) as query
    from unnest(${words}::text[]) with ordinality w (word, number)
      cross join lateral unnest(to_tsvector('english', ${constant(wordsApart("w.word"))})) l
    group by w.number, w.word order by w.number`;
}

/** The words of a question as they were typed, each once. */
function typedWords(question: string): string[] {
  const words = new Map<string, string>();
  for (const piece of cleanText(question).split(/\s+/)) {
    const word = piece.replace(AROUND, "").slice(0, WORD_CHARACTERS_MAX).toWellFormed();
    if (word !== "" && !words.has(word.toLowerCase())) words.set(word.toLowerCase(), word);
    if (words.size === WORDS_MAX) break;
  }
  return [...words.values()];
}

/** The text as full text marks it, and whether the row has each word. */
function readRows(
  tx: Queryable,
  hits: readonly SearchHit[],
  asked: readonly AskedWord[],
  vector: Float32Array | undefined,
) {
  const queries = asked.map(({ query }) => query);
  const options = `HighlightAll=true, StartSel="${START}", StopSel="${END}"`;
  return allRows(tx, rowShape)`
    with ${hitsTable(hits)}
    select h.number, c.chunk_index as "chunkIndex", ${cosineTo(vector)} as cosine,
      c.metadata ->> 'first_page' as "firstPage", c.metadata ->> 'last_page' as "lastPage", c.metadata ->> 'pages' as "pageLabels",
      ts_headline('english', ${constant(wordsApart(`translate(c.content, ${literal(START + END).text}, '')`))},
        ${queries.map((query) => `(${query})`).join(" | ")}::text::tsquery, ${options}::text) as marked,
      array(
        select w.words @@ q.query::tsquery from unnest(${queries}::text[]) with ordinality q (query, number) order by q.number
      ) as has
    from hits h join chunks c using (source_name, source_url, content_hash)
      cross join lateral (
        select to_tsvector('english', ${constant(wordsApart("concat_ws(' ', c.context_header, c.title, c.content)"))}) as words offset 0) w`;
}

/** The cosine of `vector` and that of a row `c`; null where that is of another model by now. */
function cosineTo(vector: Float32Array | undefined): Statement {
  if (vector === undefined) return constant("null::float8");
  return sql`case vector_dims(c.embedding) when ${integer(vector.length)} then 1 - (c.embedding <=> ${toSql([...vector])}::vector) end`;
}

function detailsOf({ content }: SearchHit, row: Row, asked: readonly AskedWord[]) {
  const { marked, has, chunkIndex, cosine, firstPage, lastPage, pageLabels } = row;
  const words = asked.map(({ word }, index) => ({ word, isFound: has[index] ?? false }));
  return {
    ...{ chunkIndex, cosine, pageLabels, firstPage: pageOf(firstPage), lastPage: pageOf(lastPage) },
    marks: markedSpans(marked, content),
    found: words.flatMap(({ word, isFound }) => (isFound ? [word] : [])),
    missing: words.flatMap(({ word, isFound }) => (isFound ? [] : [word])),
  };
}

/** What documents say of themselves need be no number. */
function pageOf(text: string | null): number | null {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** Where `content` is marked; nowhere, should full text give back another text. */
function markedSpans(marked: string, content: string): Span[] {
  const spans: Span[] = [];
  let [at, from] = [0, 0];
  for (const unit of marked.split("")) {
    const last = spans.at(-1);
    // Words of one name are marked as one.
    if (unit === END && last !== undefined && NAME_JOINTS.has(content.slice(last[1], from))) {
      spans[spans.length - 1] = [last[0], at];
    } else if (unit === END) spans.push([from, at]);
    while (content[at] === START || content[at] === END) at++;
    if (unit === START) from = at;
    if (unit === START || unit === END) continue;
    if (unit !== " " && content[at] !== unit) return [];
    at++;
  }
  return spans;
}
