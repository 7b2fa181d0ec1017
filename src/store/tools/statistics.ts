import type { Queryable } from "../driver/database.ts";
import { ident, integer, sql } from "../driver/sql.ts";
import { CORPUS } from "../corpus/tables.ts";

/** How many chunks have one value. */
export type Share = { readonly name: string; readonly chunks: number };

/** A chunk by its place. */
export type ChunkPlace = {
  readonly source: string;
  readonly sourceUrl: string;
  readonly chunkIndex: number;
  readonly characters: number;
};

/** What a corpus consists of. Lists are sorted: the largest first, then by name. */
export type Statistics = {
  readonly chunks: number;
  readonly documents: number;
  /** Documents of which not every chunk is stored. */
  readonly incomplete: number;
  readonly bySource: readonly Share[];
  readonly bySourceType: readonly Share[];
  /** A chunk may have several generations. */
  readonly byGeneration: readonly Share[];
  readonly byDocType: readonly Share[];
  /** Chunks that no generation was found for. */
  readonly untagged: number;
  readonly longest: readonly ChunkPlace[];
  readonly shortest: readonly ChunkPlace[];
  /** Chunks that were too long for the model, and the parts that stand for them. */
  readonly split: { readonly chunks: number; readonly parts: number };
  readonly withoutChunks: {
    readonly documents: number;
    readonly first: readonly { readonly source: string; readonly sourceUrl: string }[];
  };
};

const SHOWN_MAX = 5;
const UNTAGGED = "untagged";

export async function readStatistics(queryable: Queryable): Promise<Statistics> {
  const chunks = ident(CORPUS.chunks);
  const documents = ident(CORPUS.documents);
  const [totals] = await queryable.query<{ chunks: number; untagged: number; whole: number; parts: number }>(sql`
    select count(*)::int as chunks,
      (count(*) filter (where ${UNTAGGED}::text = any (generations) or generations = '{}'))::int as untagged,
      (count(distinct metadata ->> 'part_of'))::int as whole,
      (count(metadata ->> 'part_of'))::int as parts
    from ${chunks}`);
  const [recorded] = await queryable.query<{ documents: number; incomplete: number; empty: number }>(sql`
    select count(*)::int as documents, (count(*) filter (where not complete))::int as incomplete,
      (count(*) filter (where chunks = 0))::int as empty
    from ${documents}`);
  const first = await queryable.query<{ source: string; sourceUrl: string }>(sql`
    select source_name as source, source_url as "sourceUrl" from ${documents}
    where chunks = 0 order by source_name, source_url limit ${integer(SHOWN_MAX)}`);
  return {
    chunks: totals?.chunks ?? 0,
    documents: recorded?.documents ?? 0,
    incomplete: recorded?.incomplete ?? 0,
    bySource: await shares(queryable, "source_name"),
    bySourceType: await shares(queryable, "source_type"),
    byGeneration: await queryable.query<Share>(sql`
      select g.name, count(*)::int as chunks from ${chunks} cross join lateral unnest(generations) g (name)
      group by g.name order by chunks desc, g.name`),
    byDocType: await shares(queryable, "doc_type"),
    untagged: totals?.untagged ?? 0,
    longest: await extremes(queryable, { longest: true }),
    shortest: await extremes(queryable, { longest: false }),
    split: { chunks: totals?.whole ?? 0, parts: totals?.parts ?? 0 },
    withoutChunks: { documents: recorded?.empty ?? 0, first },
  };
}

function shares(queryable: Queryable, column: string): Promise<Share[]> {
  return queryable.query<Share>(sql`
    select ${ident(column)} as name, count(*)::int as chunks from ${ident(CORPUS.chunks)}
    group by 1 order by chunks desc, name`);
}

function extremes(queryable: Queryable, { longest }: { readonly longest: boolean }): Promise<ChunkPlace[]> {
  const sign = integer(longest ? -1 : 1);
  return queryable.query<ChunkPlace>(sql`
    select source_name as source, source_url as "sourceUrl", chunk_index as "chunkIndex",
      char_length(content) as characters
    from ${ident(CORPUS.chunks)}
    order by char_length(content) * ${sign}, source_name, source_url, chunk_index limit ${integer(SHOWN_MAX)}`);
}
