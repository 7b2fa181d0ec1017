import { z } from "zod";
import type { Queryable, Statement } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { integer, sql } from "../driver/sql.ts";
import type { SearchHit } from "../store.ts";

const neighbourShape = z.object({
  /** Of the hit among the hits, from 1. */
  number: z.int(),
  /** -1 stands right before the hit. */
  distance: z.int(),
  chunkIndex: z.int(),
  contentHash: z.string(),
  content: z.string(),
});

/** A chunk beside a hit. */
export type Neighbour = Readonly<z.infer<typeof neighbourShape>>;

/** The chunks before and after each hit in its document, in the document's order. */
export function readNeighbours(tx: Queryable, hits: readonly SearchHit[], context: number): Promise<Neighbour[]> {
  const reach = integer(context);
  // Parts of a chunk that was too long have its place, and an order of their own; rows of a former tool have their age only.
  // A document may say of itself what it likes, also how many parts it has.
  return allRows(tx, neighbourShape)`
    with ${hitsTable(hits)},
    placed as (
      select c.source_name, c.source_url, c.content_hash, c.chunk_index, c.content,
        row_number() over (partition by c.source_name, c.source_url order by c.chunk_index, (
          select min(p.number)
          from jsonb_array_elements_text(case jsonb_typeof(c.metadata -> 'parts') when 'array' then c.metadata -> 'parts' end)
            with ordinality p (hash, number)
          where p.hash = c.content_hash) nulls first, c.id) as place
      from chunks c join (select distinct source_name, source_url from hits) d using (source_name, source_url)
    )
    select h.number, (n.place - o.place)::int as distance, n.chunk_index as "chunkIndex",
      n.content_hash as "contentHash", n.content
    from hits h join placed o using (source_name, source_url, content_hash)
      join placed n on n.source_name = o.source_name and n.source_url = o.source_url
        and n.place between o.place - ${reach} and o.place + ${reach} and n.place <> o.place
    order by h.number, n.place`;
}

/** Hits by their keys and numbers, as a table `hits`. */
export function hitsTable(hits: readonly SearchHit[]): Statement {
  const [sources, urls, hashes] = [
    hits.map(({ sourceName }) => sourceName),
    hits.map(({ sourceUrl }) => sourceUrl),
    hits.map(({ contentHash }) => contentHash),
  ];
  return sql`
    hits as (
      select h.number::int as number, h.source_name, h.source_url, h.content_hash
      from unnest(${sources}::text[], ${urls}::text[], ${hashes}::text[])
        with ordinality h (source_name, source_url, content_hash, number)
    )`;
}
