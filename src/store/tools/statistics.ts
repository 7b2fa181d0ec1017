import { z } from "zod";
import { CORPUS } from "../corpus/tables.ts";
import type { Queryable } from "../driver/database.ts";
import { allRows, oneRow } from "../driver/rows.ts";
import { ident, integer } from "../driver/sql.ts";

const SHOWN_MAX = 5;
const UNTAGGED = "untagged";

const totalsShape = z.object({ chunks: z.int(), untagged: z.int(), whole: z.int(), parts: z.int() });
const recordedShape = z.object({ documents: z.int(), incomplete: z.int(), empty: z.int() });
const shareShape = z.object({ name: z.string(), chunks: z.int() });
const documentShape = z.object({ source: z.string(), sourceUrl: z.string() });
const placeShape = documentShape.extend({ chunkIndex: z.int(), characters: z.int() });

/** Counts and picks in the tables of the corpus. */
export async function readStatistics(queryable: Queryable) {
  const chunks = ident(CORPUS.chunks);
  const documents = ident(CORPUS.documents);
  const totals = await oneRow(queryable, totalsShape)`
    select count(*)::int as chunks,
      (count(*) filter (where ${UNTAGGED}::text = any (generations) or generations = '{}'))::int as untagged,
      (count(distinct metadata ->> 'part_of'))::int as whole,
      (count(metadata ->> 'part_of'))::int as parts
    from ${chunks}`;
  const recorded = await oneRow(queryable, recordedShape)`
    select count(*)::int as documents, (count(*) filter (where not complete))::int as incomplete,
      (count(*) filter (where chunks = 0))::int as empty
    from ${documents}`;
  const first = await allRows(queryable, documentShape)`
    select source_name as source, source_url as "sourceUrl" from ${documents}
    where chunks = 0 order by source_name, source_url limit ${integer(SHOWN_MAX)}`;
  return {
    chunks: totals.chunks,
    documents: recorded.documents,
    /** Documents of which not every chunk is stored. */
    incomplete: recorded.incomplete,
    bySource: await shares(queryable, "source_name"),
    bySourceType: await shares(queryable, "source_type"),
    /** A chunk may have several generations. */
    byGeneration: await allRows(queryable, shareShape)`
      select g.name, count(*)::int as chunks from ${chunks} cross join lateral unnest(generations) g (name)
      group by g.name order by chunks desc, g.name`,
    byDocType: await shares(queryable, "doc_type"),
    /** Chunks that no generation was found for. */
    untagged: totals.untagged,
    longest: await extremes(queryable, { longest: true }),
    shortest: await extremes(queryable, { longest: false }),
    /** Chunks that were too long for the model, and the parts that stand for them. */
    split: { chunks: totals.whole, parts: totals.parts },
    withoutChunks: { documents: recorded.empty, first },
  };
}

function shares(queryable: Queryable, column: string) {
  return allRows(queryable, shareShape)`
    select ${ident(column)} as name, count(*)::int as chunks from ${ident(CORPUS.chunks)}
    group by 1 order by chunks desc, name`;
}

function extremes(queryable: Queryable, { longest }: { readonly longest: boolean }) {
  const sign = integer(longest ? -1 : 1);
  return allRows(queryable, placeShape)`
    select source_name as source, source_url as "sourceUrl", chunk_index as "chunkIndex",
      char_length(content) as characters
    from ${ident(CORPUS.chunks)}
    order by char_length(content) * ${sign}, source_name, source_url, chunk_index limit ${integer(SHOWN_MAX)}`;
}
