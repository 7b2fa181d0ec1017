import { toSql } from "pgvector";
import type { Database, Queryable } from "./database.ts";
import { sql } from "./sql.ts";
import type { SearchHit, SearchRequest } from "./store.ts";

/** Reciprocal rank fusion: Cormack, Clarke and Büttcher, SIGIR 2009; k = 50. */
const RRF_K = 50;
/** Candidates of each ranking, at least. */
const CANDIDATES_MIN = 50;

type Row = {
  readonly score: number;
  readonly title: string;
  readonly context_header: string;
  readonly source_url: string;
  readonly display_url: string;
  readonly source_name: string;
  readonly source_type: string;
  readonly generations: readonly string[];
  readonly content: string;
  readonly content_hash: string;
};

/** Ranks by cosine distance and by full text, and fuses the two; one row for each distinct text. */
export async function hybridSearch(database: Database, request: SearchRequest): Promise<SearchHit[]> {
  const rows = await database.begin(async (tx) => {
    const candidates = Math.max(CANDIDATES_MIN, request.limit * 5);
    await widenVectorScan(tx, candidates);
    return tx.query<Row>(statement(request, candidates));
  });
  return rows.map((row) => ({
    score: Number(row.score),
    title: row.title,
    contextHeader: row.context_header,
    sourceUrl: row.source_url,
    displayUrl: row.display_url,
    sourceName: row.source_name,
    sourceType: row.source_type,
    generations: row.generations,
    content: row.content,
    contentHash: row.content_hash,
  }));
}

/** An HNSW scan ends after `ef_search` rows; with filters it goes on until it has enough (pgvector 0.8). */
async function widenVectorScan(tx: Queryable, candidates: number): Promise<void> {
  // Loads the library, without which its settings are not known to the server.
  await tx.query(sql`select '[1]'::vector`);
  await tx.query(sql`select set_config('hnsw.ef_search', ${String(Math.min(candidates * 2, 1_000))}::text, true)`);
  await tx.query(
    sql`select set_config(name, 'relaxed_order', true) from pg_settings where name = 'hnsw.iterative_scan'`,
  );
}

function statement({ text, vector, limit, generation, source }: SearchRequest, candidates: number) {
  const query = toSql([...vector]);
  const [anyGeneration, anySource] = [generation ?? null, source ?? null];
  return sql`
    with asked as (
      select websearch_to_tsquery('english', ${text}::text) as every_word,
        -- When no chunk has all of the words, any of them will do.
        nullif(replace(plainto_tsquery('english', ${text}::text)::text, ' & ', ' | '), '')::tsquery as any_word
    ),
    nearest as (
      select c.id, c.content_hash, c.embedding <=> ${query}::vector as distance from chunks c
      where (${anyGeneration}::text is null or ${anyGeneration}::text = any (c.generations))
        and (${anySource}::text is null or c.source_name = ${anySource}::text)
      order by c.embedding <=> ${query}::vector limit ${candidates}::int
    ),
    by_vector as (
      select content_hash, row_number() over (order by min(distance), content_hash) as rank
      from nearest group by content_hash
    ),
    matching as (
      select c.content_hash, max(ts_rank_cd(c.search_vector, a.any_word, 1)
        + case when c.search_vector @@ a.every_word then 1 else 0 end) as weight
      from chunks c, asked a
      where a.any_word is not null and c.search_vector @@ a.any_word
        and (${anyGeneration}::text is null or ${anyGeneration}::text = any (c.generations))
        and (${anySource}::text is null or c.source_name = ${anySource}::text)
      group by c.content_hash order by weight desc, c.content_hash limit ${candidates}::int
    ),
    by_text as (select content_hash, row_number() over (order by weight desc, content_hash) as rank from matching),
    fused as (
      select content_hash, coalesce(1.0 / (${RRF_K}::int + v.rank), 0) + coalesce(1.0 / (${RRF_K}::int + t.rank), 0) as score
      from by_vector v full join by_text t using (content_hash)
      order by score desc, content_hash limit ${limit}::int
    )
    select f.score::float8 as score, c.title, c.context_header, c.source_url, c.display_url, c.source_name, c.source_type,
      c.generations, c.content, c.content_hash
    from fused f cross join lateral (
      select * from chunks c where c.content_hash = f.content_hash
        and (${anyGeneration}::text is null or ${anyGeneration}::text = any (c.generations))
        and (${anySource}::text is null or c.source_name = ${anySource}::text)
      order by c.source_name, c.source_url limit 1) c
    order by f.score desc, c.content_hash`;
}
