import { expect, test } from "bun:test";
import { SQL } from "bun";
import { openStore } from "../../src/store/open-store.ts";
import { IDENTITY, onEveryLane, onLane, serverLane, type StoreTest } from "../support/databases.ts";
import { hashOf, vectorOf, written } from "../support/documents.ts";
import { guestOf } from "../support/guest.ts";
import { queryLines } from "../support/lines.ts";
import { until } from "../support/until.ts";

/** What the program that searches a corpus does when it starts. */
const READER_STARTS = [
  "create index if not exists idx_chunks_embedding_hnsw on chunks using hnsw (embedding vector_cosine_ops)",
  "create index if not exists idx_chunks_search_vector_gin on chunks using gin (search_vector)",
  "create index if not exists idx_chunks_generations_gin on chunks using gin (generations)",
  "create index if not exists idx_chunks_source_type on chunks (source_type)",
];

/** Its function, where it makes one of its own. */
const READER_FUNCTION = `
  create or replace function rrf_score(rank bigint, rrf_k int default 50) returns numeric
  language sql immutable parallel safe as $$ select coalesce(1.0 / ($1 + $2), 0.0) $$`;

/** Its one statement: the best of both rankings, fused. */
const reading = (words: string, vector: Float32Array) => `
  with dense as (
    select id, rank() over (order by embedding <=> '[${[...vector].join()}]') as rank from chunks
    order by embedding <=> '[${[...vector].join()}]' limit 20),
  matching as (
    select id, rank() over (order by ts_rank_cd(search_vector, q) desc) as rank
    from chunks, plainto_tsquery('english', '${words}') q where search_vector @@ q
    order by ts_rank_cd(search_vector, q) desc limit 20)
  select c.id, c.source_url, c.title, c.content, c.doc_type, c.generations, c.context_header, c.deprecated, c.display_url,
    c.source_type, sum(rrf_score(r.rank))::float8 as score
  from (select id, rank from dense union all select id, rank from matching) r join chunks c using (id)
  group by c.id, c.source_url, c.title, c.content, c.doc_type, c.generations, c.context_header, c.deprecated, c.display_url, c.source_type
  order by score desc limit 10`;

const DOCUMENTS = [written("u", ["the grid sorts", "a button"]), written("v", ["printing"])];

const INDEXES = `
  select c.relname::text || case when i.indisvalid then '' else ' (broken)' end as line
  from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = 'chunks'::regclass order by 1`;

/** What an ingest leaves. */
const OURS = [
  "chunks_content_hash_idx",
  "chunks_embedding_list_idx",
  "chunks_identity_key",
  "chunks_name_words_idx",
  "chunks_pkey",
  "idx_chunks_embedding_hnsw",
  "idx_chunks_generations_gin",
  "idx_chunks_search_vector_gin",
  "idx_chunks_source_type",
];

/** The names that versions before readers' gave. */
const FORMER = [
  "alter index idx_chunks_embedding_hnsw rename to chunks_embedding_idx",
  "alter index idx_chunks_search_vector_gin rename to chunks_search_vector_idx",
  "alter index idx_chunks_generations_gin rename to chunks_generations_idx",
  "alter index idx_chunks_source_type rename to chunks_source_type_idx",
  "drop function rrf_score(bigint, int)",
  "update ingest_meta set value = '2' where key = 'schema_version'",
];

/** A table of the Python tool, with an index on its vectors under a name of its own. */
const PYTHON = [
  "create extension if not exists vector",
  `create table chunks (
    id serial primary key, source_url text not null, title text not null, doc_type text not null, content text not null,
    content_hash varchar(64) not null unique, context_header text, generations text[] not null,
    deprecated boolean not null default false, source_type text, display_url text, embedding vector(4),
    search_vector tsvector generated always as
      (to_tsvector('english', coalesce(context_header, '') || ' ' || coalesce(title, '') || ' ' || coalesce(content, ''))) stored,
    metadata jsonb, created_at timestamptz default now(), updated_at timestamptz default now())`,
  "create index idx_chunks_embedding on chunks using hnsw (embedding vector_cosine_ops)",
  `insert into chunks (source_url, title, doc_type, content, content_hash, generations, embedding)
    values ('flare://a', 'A', 'concept', 'the grid sorts', '${hashOf("the grid sorts")}', '{bbj}', '[${[...vectorOf("the grid sorts")].join()}]')`,
];

async function ingest({ prepared }: StoreTest): Promise<void> {
  const corpus = await prepared();
  await corpus.write(DOCUMENTS);
  await corpus.ensureVectorIndex();
}

async function rebuild({ prepared }: StoreTest): Promise<void> {
  const shadow = await prepared({ rebuild: true });
  await shadow.write(DOCUMENTS);
  await shadow.swap({ sources: ["manual"], documents: [], inputs: [] });
}

const run = async ({ query }: StoreTest, statements: readonly string[]) => {
  for (const statement of statements) await query(statement);
};

/** Each way in which a corpus comes to be. */
const WAYS: Readonly<Record<string, (context: StoreTest) => Promise<void>>> = {
  "that is new": ingest,
  "that was adopted": async (context) => {
    await run(context, PYTHON);
    await ingest(context);
  },
  "of an earlier version": async (context) => {
    await ingest(context);
    await run(context, FORMER);
    await ingest(context);
  },
  "that was rebuilt": async (context) => {
    await ingest(context);
    await rebuild(context);
  },
  "of an earlier version that was rebuilt": async (context) => {
    await ingest(context);
    await run(context, FORMER);
    await rebuild(context);
  },
  "that was rebuilt in the place of a table of the Python tool": async (context) => {
    await run(context, PYTHON);
    await rebuild(context);
  },
  "whose rebuild was begun by an earlier version": async (context) => {
    await ingest(context);
    const shadow = await context.prepared({ rebuild: true });
    await shadow.write(DOCUMENTS);
    await run(context, [
      ...FORMER,
      "create index chunks_rebuild_embedding_idx on chunks_rebuild using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64)",
      "alter index idx_chunks_rebuild_search_vector_gin rename to chunks_rebuild_search_vector_idx",
      "alter index idx_chunks_rebuild_generations_gin rename to chunks_rebuild_generations_idx",
      "alter index idx_chunks_rebuild_source_type rename to chunks_rebuild_source_type_idx",
      `update ingest_meta set value = jsonb_set(value::jsonb, '{schemaVersion}', '2')::text where key = 'shadow'`,
    ]);
    await rebuild(context);
  },
};

onEveryLane("readers of a corpus", (context) => {
  for (const [what, make] of Object.entries(WAYS)) {
    test(`${what} find with their own statement, and make no index a second time`, async () => {
      await make(context);
      const [best] = await context.query(reading("grid", vectorOf("the grid sorts")));
      expect(best).toMatchObject({ content: "the grid sorts", score: 2 / 51 });
      await run(context, [...READER_STARTS, READER_FUNCTION]);
      expect(await queryLines(context.database, INDEXES)).toEqual(OURS);
      expect(await context.query(reading("grid", vectorOf("the grid sorts")))).not.toEqual([]);
    });
  }

  test("have the function of their own where they have made one", async () => {
    await context.query(READER_FUNCTION);
    await ingest(context);
    await rebuild(context);
    expect(
      await queryLines(context.database, "select prosrc as line from pg_proc where proname = 'rrf_score'"),
    ).toEqual([" select coalesce(1.0 / ($1 + $2), 0.0) "]);
  });

  test("keep an index that they made beside ours; ours goes, whose name they did not know", async () => {
    await ingest(context);
    await run(context, FORMER);
    await run(context, READER_STARTS);
    await ingest(context);
    expect(await queryLines(context.database, INDEXES)).toEqual(OURS);
    await rebuild(context);
    expect(await queryLines(context.database, INDEXES)).toEqual(OURS);
  });

  test("lose an index that they failed to make; ours has its name", async () => {
    await ingest(context);
    await run(context, [
      ...FORMER,
      READER_STARTS[0] ?? "",
      "update pg_index set indisvalid = false where indexrelid = 'idx_chunks_embedding_hnsw'::regclass",
    ]);
    await ingest(context);
    expect(await queryLines(context.database, INDEXES)).toEqual(OURS);
  });

  test("keep what has the name and is something else; ours has another, then", async () => {
    await ingest(context);
    await run(context, [
      ...FORMER,
      "create index idx_chunks_embedding_hnsw on chunks using hnsw (embedding vector_l2_ops)",
      "create index idx_chunks_generations_gin on ingest_documents (chunks)",
      "create sequence idx_chunks_source_type",
    ]);
    const others = () =>
      queryLines(
        context.database,
        `select c.relname || ' ' || coalesce(pg_get_indexdef(c.oid), 'sequence') as line from pg_class c
          where c.relname in ('idx_chunks_embedding_hnsw', 'idx_chunks_generations_gin', 'idx_chunks_source_type') order by 1`,
      );
    try {
      const before = await others();
      await ingest(context);
      await rebuild(context);
      expect(await others()).toEqual(before);
      expect(await queryLines(context.database, INDEXES)).toEqual([
        "chunks_content_hash_idx",
        "chunks_embedding_idx",
        "chunks_embedding_list_idx",
        "chunks_generations_idx",
        "chunks_identity_key",
        "chunks_name_words_idx",
        "chunks_pkey",
        "chunks_source_type_idx",
        "idx_chunks_embedding_hnsw",
        "idx_chunks_search_vector_gin",
      ]);
    } finally {
      await context.query("drop sequence idx_chunks_source_type");
    }
  });

  test("of a table that was put aside with its indexes do not keep a new one from being made", async () => {
    await ingest(context);
    await run(context, [
      "alter table chunks rename to chunks_aside",
      "alter index chunks_pkey rename to chunks_aside_pkey",
      "alter index chunks_identity_key rename to chunks_aside_identity_key",
      "drop table ingest_documents, ingest_meta",
    ]);
    try {
      await ingest(context);
      await rebuild(context);
      expect(await context.query(reading("grid", vectorOf("the grid sorts")))).not.toEqual([]);
      expect(await queryLines(context.database, INDEXES)).toContain("idx_chunks_embedding_hnsw1");
    } finally {
      await context.query("drop table chunks_aside");
    }
  });
});

onLane(serverLane, "readers on a server", (context) => {
  test("are not kept waiting, and keep nobody, while indexes get their names", async () => {
    await ingest(context);
    await run(context, FORMER);
    await using reader = await guestOf(context);
    await context.query(`grant select on chunks to ${reader.role}`);
    await using connected = new SQL(reader.choice.url, { max: 1 });
    const session = await connected.reserve();
    // In the middle of a transaction that has read, for as long as it likes.
    await session.unsafe("begin");
    await session.unsafe("select count(*) from chunks");
    await ingest(context);
    expect(await queryLines(context.database, INDEXES)).toEqual(OURS);
    await session.unsafe("select count(*) from chunks");
    await session.unsafe("rollback");
    await session.release();
  });

  test("make the index on vectors at the same time as a run, which then has it, too", async () => {
    const corpus = await context.prepared();
    await corpus.write(DOCUMENTS);
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    await using connected = new SQL(context.choice.url, { max: 2 });
    const session = await connected.reserve();
    await session.unsafe("begin");
    await session.unsafe(READER_STARTS[0] ?? "");
    const built = corpus.ensureVectorIndex();
    await until(async () => {
      const [waiting] = await connected.unsafe(
        "select 1 as one from pg_stat_activity where datname = current_database() and wait_event = 'transactionid'",
      );
      return waiting !== undefined;
    });
    await session.unsafe("commit");
    await session.release();
    await built;
    expect(await queryLines(context.database, INDEXES)).toEqual(OURS);
  });

  test("have no function where the run may not make one, and the run does what it did", async () => {
    await context.prepared();
    await context.query("drop function rrf_score(bigint, int)");
    await using writer = await guestOf(context);
    await context.query(
      `grant select, insert, update, delete on chunks, ingest_documents, ingest_meta to ${writer.role}`,
    );
    const store = await openStore(writer.choice);
    try {
      await store.lock(["manual"], { exclusive: false });
      await store.prepare(IDENTITY);
      expect(await store.write(DOCUMENTS)).toMatchObject({ inserted: 3 });
    } finally {
      await store.close();
    }
    expect(await context.query("select 1 from pg_proc where proname = 'rrf_score'")).toEqual([]);
    await context.prepared();
    expect(await context.query("select 1 from pg_proc where proname = 'rrf_score'")).toHaveLength(1);
  });
});
