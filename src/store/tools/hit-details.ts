import { toSql } from "pgvector";
import { z } from "zod";
import { hasTyped, type Span, typedSpans, typedWords, unitedSpans } from "../../text/typed-words.ts";
import type { Database, Queryable, Statement } from "../driver/database.ts";
import { allRows, oneRow } from "../driver/rows.ts";
import { constant, integer, list, sql } from "../driver/sql.ts";
import type { SearchHit } from "../store.ts";
import { hitsTable, type Neighbour, readNeighbours } from "./neighbours.ts";
import { wordsQuery } from "./search.ts";

/** Around a word that is marked: noncharacters of Unicode, which no text means. */
const [START, END] = ["\ufdd0", "\ufdd1"];

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
const askedShape = z.object({ number: z.int() });
const rowShape = z.object({
  number: z.int(),
  chunkIndex: z.int(),
  cosine: z.number().nullable(),
  firstPage: z.string().nullable(),
  lastPage: z.string().nullable(),
  pageLabels: z.string().nullable(),
  marked: z.string(),
  found: z.array(z.int()),
});
type Row = Omit<z.infer<typeof rowShape>, "number">;
/** Of a hit that has left since it was found. */
const GONE = {
  docType: "",
  chunkIndex: 0,
  cosine: null,
  firstPage: null,
  lastPage: null,
  pageLabels: null,
  marked: "",
  found: [],
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
    const words = await askedWords(tx, text);
    const rows = await readRows(tx, hits, words, vector);
    const neighbours = context === 0 ? [] : await readNeighbours(tx, hits, context);
    return hits.map((hit, index) => {
      const isOf = ({ number }: { readonly number: number }) => number === index + 1;
      const beside = neighbours.filter(isOf);
      return {
        ...detailsOf(hit, rows.find(isOf) ?? GONE, words),
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
async function askedWords(tx: Queryable, text: string): Promise<readonly string[]> {
  const words = typedWords(text);
  if (words.length === 0) return [];
  const known = await allRows(tx, askedShape)`
    select number from (${queriesOf(words)}) w (number, query) where numnode(query) > 0 order by number`;
  return known.map(({ number }) => words[number] ?? "");
}

/** The text as full text marks it, and the numbers of the words that the row has. */
function readRows(
  tx: Queryable,
  hits: readonly SearchHit[],
  words: readonly string[],
  vector: Float32Array | undefined,
) {
  const options = `HighlightAll=true, StartSel="${START}", StopSel="${END}"`;
  // What is cast is PostgreSQL's own text of queries.
  return allRows(tx, rowShape)`
    with ${hitsTable(hits)},
    asked (number, query) as (${queriesOf(words)}),
    any_word as (select coalesce(string_agg('(' || query::text || ')', ' | '), '')::tsquery as query from asked)
    select h.number, c.chunk_index as "chunkIndex", ${cosineTo(vector)} as cosine, c.metadata ->> 'first_page' as "firstPage",
      c.metadata ->> 'last_page' as "lastPage", c.metadata ->> 'pages' as "pageLabels",
      ts_headline('english', translate(c.content, ${START + END}::text, ''), q.query, ${options}::text) as marked,
      array(select a.number from asked a where c.search_vector @@ a.query) as found
    from hits h join chunks c using (source_name, source_url, content_hash) cross join any_word q`;
}

/** The cosine of `vector` and that of a row `c`; null where that is of another model by now. */
function cosineTo(vector: Float32Array | undefined): Statement {
  if (vector === undefined) return constant("null::float8");
  return sql`case vector_dims(c.embedding) when ${integer(vector.length)} then 1 - (c.embedding <=> ${toSql([...vector])}::vector) end`;
}

/** Rows of a word's number and its query. */
function queriesOf(words: readonly string[]): Statement {
  if (words.length === 0) return sql`select 0, ''::tsquery where false`;
  return sql`values ${list(words.map((word, index) => sql`(${integer(index)}, ${wordsQuery(word)})`))}`;
}

function detailsOf({ content, title, contextHeader }: SearchHit, row: Row, words: readonly string[]) {
  const { marked, found, chunkIndex, cosine, firstPage, lastPage, pageLabels } = row;
  const text = [title, contextHeader, content].join("\n");
  const has = (word: string, index: number) => found.includes(index) || hasTyped(text, word);
  return {
    ...{ chunkIndex, cosine, pageLabels },
    firstPage: pageOf(firstPage),
    lastPage: pageOf(lastPage),
    marks: unitedSpans([...markedSpans(marked, content), ...typedSpans(content, words)]),
    found: words.filter(has),
    missing: words.filter((word, index) => !has(word, index)),
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
    if (unit === END) spans.push([from, at]);
    while (content[at] === START || content[at] === END) at++;
    if (unit === START) from = at;
    if (unit === START || unit === END) continue;
    if (content[at] !== unit) return [];
    at++;
  }
  return spans;
}
