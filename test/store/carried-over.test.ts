import { expect, test } from "bun:test";
import { SQL } from "bun";
import { corpusStore } from "../../src/store/corpus-store.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { IDENTITY, onEveryLane, onLane, serverLane, type StoreTest } from "../support/databases.ts";
import { written } from "../support/documents.ts";
import { failureOf } from "../support/failure-of.ts";
import { queryLines } from "../support/lines.ts";

const NOTHING = { sources: ["manual", "secret"], documents: [], inputs: [] };
const DOCUMENTS = [written("u", ["a", "b"]), written("s", ["c"], { source: "secret" })];

async function rebuilt({ prepared }: StoreTest, identity = IDENTITY): Promise<void> {
  const rebuild = await prepared({ rebuild: true, identity });
  await rebuild.write(
    DOCUMENTS.map((write) => ({
      ...write,
      rows: write.rows.map((row) => ({ ...row, vector: new Float32Array(identity.dimensions).fill(1) })),
    })),
  );
  await rebuild.swap(NOTHING);
}

/** All that a table may have beside its rows, one line a thing. */
const FACTS = `
  select line from pg_class t cross join lateral (
    select concat_ws(' ', 'table', relrowsecurity, relforcerowsecurity, relreplident, relpersistence, reloptions::text,
      pg_get_userbyid(relowner), (select reloptions::text from pg_class where oid = t.reltoastrelid),
      (select spcname from pg_tablespace where oid = t.reltablespace), obj_description(t.oid, 'pg_class'))
    union all
    select concat_ws(' ', 'grant', a) from unnest(t.relacl) a
    union all
    select concat_ws(' ', 'policy', polname, polcmd, polpermissive, polroles::regrole[]::text, pg_get_expr(polqual, polrelid),
      pg_get_expr(polwithcheck, polrelid), obj_description(oid, 'pg_policy')) from pg_policy where polrelid = t.oid
    union all
    select concat_ws(' ', 'trigger', pg_get_triggerdef(oid), tgenabled, obj_description(oid, 'pg_trigger'))
    from pg_trigger where tgrelid = t.oid and not tgisinternal
    union all
    select concat_ws(' ', 'rule', pg_get_ruledef(oid), ev_enabled, obj_description(oid, 'pg_rewrite'))
    from pg_rewrite where ev_class = t.oid
    union all
    select concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisclustered, indisreplident, c.spcname,
      obj_description(indexrelid, 'pg_class'))
    from pg_index i left join (select k.oid, spcname from pg_class k join pg_tablespace s on s.oid = k.reltablespace) c
      on c.oid = i.indexrelid where indrelid = t.oid
    union all
    select concat_ws(' ', 'constraint', conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'))
    from pg_constraint where conrelid = t.oid and contype <> 'n'
    union all
    select concat_ws(' ', 'column', attname, format_type(atttypid, atttypmod), attnotnull, attstorage, attcompression,
      coalesce(attstattarget, -1),
      (select string_agg(o, ' ') from unnest(attoptions) o where o like 'n_distinct%'), attacl, attgenerated, attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid),
      col_description(t.oid, attnum))
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where attrelid = t.oid and attnum > 0 and not attisdropped
    union all
    select concat_ws(' ', 'statistics', pg_get_statisticsobjdef(oid), coalesce(stxstattarget, -1), obj_description(oid, 'pg_statistic_ext'))
    from pg_statistic_ext where stxrelid = t.oid
    union all
    select concat_ws(' ', 'publication', p.pubname, attnames, rowfilter) from pg_publication_tables p
    where p.tablename = t.relname and p.schemaname = 'public') facts (line)
  where t.oid = 'TABLE'::regclass order by line`;

const factsOf = async ({ database }: StoreTest) => ({
  chunks: await queryLines(database, FACTS.replace("TABLE", "chunks")),
  documents: await queryLines(database, FACTS.replace("TABLE", "ingest_documents")),
});

const FUNCTIONS = [
  `create or replace function stamped() returns trigger language plpgsql as $$ begin new.note := coalesce(new.note, 'stamped ' || new.source_name); return new; end $$`,
  `create or replace function told() returns trigger language plpgsql as $$ begin return null; end $$`,
];

/** What people make of the tables of a corpus, beside what is ours; each with what it is called. */
const MADE: Readonly<Record<string, readonly string[]>> = {
  "row-level security": [
    "alter table chunks enable row level security",
    "alter table ingest_documents enable row level security",
  ],
  "row-level security that is forced": ["alter table chunks enable row level security, force row level security"],
  policies: [
    "alter table chunks enable row level security",
    "create policy mine on chunks using (source_name = 'manual')",
    "create policy \"Their Own\" on chunks as restrictive for select to public using (title <> ALL (array['x''y']))",
    "create policy adds on chunks for insert with check (doc_type is not null)",
    "create policy changes on chunks for update using (true) with check (deprecated is false)",
    "create policy among on chunks for delete using (exists (select from ingest_documents d where d.source_url = chunks.source_url))",
    "create policy itself on chunks for select using (id in (select c.id from chunks c where c.deprecated))",
    "create policy documents on ingest_documents using (complete)",
    "comment on policy mine on chunks is 'only the manual'",
  ],
  triggers: [
    "create trigger t_after after insert or update of title on chunks for each row execute function told()",
    "create trigger t_statement after delete on ingest_documents for each statement execute function told()",
    "create trigger t_when before update on chunks for each row when (old.title is distinct from new.title) execute function told()",
    "create constraint trigger t_late after insert on chunks deferrable initially deferred for each row execute function told()",
    "create trigger t_off after insert on chunks for each row execute function told()",
    "create trigger t_replica after insert on chunks for each row execute function told()",
    "create trigger t_always after insert on chunks for each row execute function told()",
    "alter table chunks disable trigger t_off",
    "alter table chunks enable replica trigger t_replica",
    "alter table chunks enable always trigger t_always",
    "comment on trigger t_after on chunks is 'tells'",
  ],
  indexes: [
    "create index mine_title on chunks (title)",
    'create index "Mine Lower" on chunks (lower(title)) where deprecated',
    "create unique index mine_unique on chunks (source_url, chunk_index, content_hash) include (title)",
    "create index mine_source_type on chunks (source_type)",
    "create index mine_generations on chunks using gin (generations) with (fastupdate = off)",
    "create index mine_ip on chunks using hnsw (embedding vector_ip_ops) with (m = 8)",
    "create index mine_flat on chunks using ivfflat (embedding vector_l2_ops) with (lists = 1)",
    "create index mine_brin on ingest_documents using brin (updated_at)",
    "comment on index mine_title is 'by title'",
    "comment on index chunks_pkey is 'the key'",
  ],
  "an index on vectors that is tuned": [
    "drop index if exists idx_chunks_embedding_hnsw",
    "create index idx_chunks_embedding_hnsw on chunks using hnsw (embedding vector_cosine_ops) with (m = 32, ef_construction = 128)",
  ],
  constraints: [
    "alter table chunks add constraint mine_check check (chunk_index >= 0)",
    "alter table chunks add constraint mine_late check (chunk_index < 1000000) not valid",
    "alter table chunks add constraint mine_unique unique (source_name, source_url, content_hash, chunk_index) deferrable",
    "alter table chunks alter column embedding set not null",
    "alter table ingest_documents add check (chunks >= 0)",
    "comment on constraint mine_check on chunks is 'counts from 0'",
  ],
  "foreign keys": [
    "create table if not exists doc_types (name text primary key)",
    "insert into doc_types values ('concept') on conflict do nothing",
    "alter table chunks add constraint of_type foreign key (doc_type) references doc_types on delete cascade",
  ],
  "storage parameters": [
    "alter table chunks set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, toast.autovacuum_enabled = off)",
    "alter table ingest_documents set (autovacuum_enabled = false)",
  ],
  "settings of columns": [
    "alter table chunks alter column embedding set storage plain",
    "alter table chunks alter column content set storage main",
    "alter table chunks alter column content set compression pglz",
    "alter table chunks alter column title set statistics 500",
    "alter table chunks alter column source_name set (n_distinct = 7)",
  ],
  comments: [
    "comment on table chunks is 'it''s the corpus'",
    "comment on column chunks.title is 'a title'",
    "comment on table ingest_documents is 'documents'",
  ],
  publications: [
    "create publication whole for table chunks",
    "create publication parts for table chunks (id, title) where (id > 0), ingest_documents",
  ],
  "a replica identity": ["alter table chunks replica identity full"],
  "a replica identity by an index, and a clustering": [
    "alter table chunks replica identity using index chunks_identity_key",
    "alter table chunks cluster on chunks_pkey",
  ],
  "extended statistics": [
    "create statistics mine_stat (dependencies, ndistinct) on source_name, source_type from chunks",
    "alter statistics mine_stat set statistics 250",
    "comment on statistics mine_stat is 'they go together'",
  ],
  rules: [
    "create rule never as on delete to ingest_documents where old.source_name = 'x' do instead nothing",
    "alter table ingest_documents disable rule never",
    "comment on rule never on ingest_documents is 'kept'",
  ],
  "columns that are not ours": [
    'alter table chunks add column note text collate "C"',
    "alter table chunks add column rating numeric(5, 2) not null default 1.5",
    "alter table chunks add column size integer generated always as (length(content)) stored",
    "alter table ingest_documents add column reviewed boolean not null default false",
    "alter table chunks alter column rating set statistics 77",
    "comment on column chunks.note is 'ours'",
    "create trigger stamp before insert on chunks for each row execute function stamped()",
  ],
  "tables that are not logged": ["alter table chunks set unlogged"],
};

onEveryLane("a rebuild carries over", (context) => {
  for (const [what, statements] of Object.entries(MADE)) {
    test(what, async () => {
      await (await context.prepared()).write(DOCUMENTS);
      await (await context.prepared()).ensureVectorIndex();
      for (const statement of [...FUNCTIONS, ...statements]) await context.query(statement);
      try {
        const before = await factsOf(context);
        await rebuilt(context);
        expect(await factsOf(context)).toEqual(before);
        await rebuilt(context);
        expect(await factsOf(context)).toEqual(before);
        expect(await (await context.prepared()).write([written("v", ["more"])])).toMatchObject({ inserted: 1 });
      } finally {
        await context.query("drop publication if exists whole, parts");
        await context.query("drop table if exists doc_types cascade");
      }
    });
  }

  test("what somebody wrote into columns that are not ours, where the row is there again", async () => {
    for (const statement of FUNCTIONS) await context.query(statement);
    const corpus = await context.prepared();
    await corpus.write(DOCUMENTS);
    await context.query("alter table chunks add column note text, add column rating integer not null default 1");
    await context.query("alter table ingest_documents add column reviewed boolean");
    await context.query("create trigger stamp before insert on chunks for each row execute function stamped()");
    await context.query("update chunks set note = 'kept', rating = 5 where content = 'a'");
    await context.query("update ingest_documents set reviewed = true where source_url = 'u'");
    const rebuild = await context.prepared({ rebuild: true });
    await rebuild.write([written("u", ["a", "new"])]);
    await rebuild.swap(NOTHING);
    expect(await context.query("select content, note, rating from chunks order by content")).toEqual([
      { content: "a", note: "kept", rating: 5 },
      { content: "new", note: "stamped manual", rating: 1 },
    ]);
    expect(await context.query("select reviewed from ingest_documents")).toEqual([{ reviewed: true }]);
  });

  test("an index that has the name of one of ours, which comes back under another", async () => {
    await (await context.prepared()).write(DOCUMENTS);
    await context.query("drop index chunks_content_hash_idx");
    await context.query("create index chunks_content_hash_idx on chunks (content_hash, title)");
    const before = await factsOf(context);
    await rebuilt(context);
    expect((await factsOf(context)).chunks).toEqual(expect.arrayContaining(before.chunks));
  });

  test("an index that is made while it runs", async () => {
    await (await context.prepared()).write(DOCUMENTS);
    const rebuild = await context.prepared({ rebuild: true });
    await context.query("create index mine_late on chunks (title)");
    await context.query("alter table chunks add constraint late check (chunk_index >= 0)");
    const before = await factsOf(context);
    await rebuild.write(DOCUMENTS);
    await rebuild.swap(NOTHING);
    const after = await factsOf(context);
    expect(after.documents).toEqual(before.documents);
    expect(after.chunks.filter((line) => !/USING (?:hnsw|ivfflat)/.test(line))).toEqual(before.chunks);
  });
});

/** What a new table cannot be given; what makes it, how it is named, and what takes it away again. */
const IN_THE_WAY: readonly { make: string[]; named: string; drop: string[]; identity?: typeof IDENTITY }[] = [
  { make: ["create view v as select content from chunks"], named: "view v", drop: ["drop view v"] },
  {
    make: ["create materialized view m as select content from chunks"],
    named: "materialized view m",
    drop: ["drop materialized view m"],
  },
  {
    make: ["create table notes (chunk bigint references chunks)"],
    named: "foreign key notes_chunk_fkey of table notes",
    drop: ["drop table notes"],
  },
  {
    make: ["create function all_chunks() returns setof chunks language sql as 'select * from chunks'"],
    named: "function all_chunks()",
    drop: ["drop function all_chunks()"],
  },
  {
    make: ["create function counted() returns bigint language sql begin atomic select count(*) from chunks; end"],
    named: "function counted()",
    drop: ["drop function counted()"],
  },
  { make: ["create table log (row chunks)"], named: "column row of table log", drop: ["drop table log"] },
  { make: ["create table logs (rows chunks[])"], named: "column rows of table logs", drop: ["drop table logs"] },
  { make: ["create table child () inherits (chunks)"], named: "table child", drop: ["drop table child"] },
  {
    make: [
      "create table other (id bigint)",
      "create policy p on other using (exists (select from chunks c where c.id = other.id))",
    ],
    named: "policy p on table other",
    drop: ["drop table other"],
  },
  {
    make: [
      "create table other (id bigint)",
      "create rule r as on delete to other do also delete from chunks c where c.id = old.id",
    ],
    named: "rule r on table other",
    drop: ["drop table other"],
  },
  {
    make: ["create table parent (title text)", "alter table chunks inherit parent"],
    named: "its place under table parent",
    drop: ["alter table chunks no inherit parent", "drop table parent"],
  },
  {
    make: ["alter table chunks add column number bigserial"],
    named: "column number, whose numbers come from a sequence of its own",
    drop: ["alter table chunks drop column number"],
  },
  {
    make: ["create index of_size on chunks using hnsw ((embedding::halfvec(4)) halfvec_cosine_ops)"],
    named: "index of_size",
    drop: ["drop index of_size"],
    identity: { ...IDENTITY, dimensions: 3 },
  },
  {
    make: ["create index too_long on chunks using hnsw (embedding vector_ip_ops)"],
    named: "index too_long: column cannot have more than 2000 dimensions for hnsw index",
    drop: ["drop index too_long"],
    identity: { ...IDENTITY, dimensions: 2_500 },
  },
];

onEveryLane("a rebuild does not begin, and changes nothing, before", (context) => {
  for (const { make, named, drop, identity } of IN_THE_WAY) {
    test(`${named} is out of the way`, async () => {
      await (await context.prepared()).write(DOCUMENTS);
      for (const statement of make) await context.query(statement);
      try {
        const failure = await failureOf(context.prepared({ rebuild: true, identity: identity ?? IDENTITY }));
        expect(failure).toMatchObject({ decision: "fatal", code: "database_dependents" });
        expect(failure.message).toContain(named);
        expect(failure.message).toContain('the place of "chunks"');
        expect(failure.hint).toContain("run again");
        expect(await context.query("select to_regclass('chunks_rebuild') as shadow")).toEqual([{ shadow: null }]);
      } finally {
        for (const statement of drop) await context.query(statement);
      }
      await context.prepared({ rebuild: true, identity: identity ?? IDENTITY });
    });
  }
});

onLane(serverLane, "readers of a rebuilt corpus", (context) => {
  const asRole = async (role: string) => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    const url = new URL(context.choice.url);
    url.username = role;
    const client = new SQL(url.href, { max: 1 });
    return { client, [Symbol.asyncDispose]: () => client.close() };
  };
  const withRoles = async (names: readonly string[], work: (...roles: string[]) => Promise<void>) => {
    const roles = names.map((name) => `bbj_swap_${name}_${process.pid}`);
    for (const role of roles) await context.query(`create role ${role} login`);
    try {
      await work(...roles);
    } finally {
      await context.query(
        "drop table if exists chunks, chunks_rebuild, ingest_documents, ingest_documents_rebuild cascade",
      );
      for (const role of roles) {
        await context.query(`drop owned by ${role} cascade`);
        await context.query(`drop role ${role}`);
      }
    }
  };

  test("see the rows that policies let them see, and never others, whatever the default privileges are", async () => {
    await withRoles(["reader", "group"], async (reader = "", group = "") => {
      await (await context.prepared()).write(DOCUMENTS);
      await context.query(`grant ${group} to ${reader}`);
      await context.query(`alter default privileges grant select on tables to ${reader}`);
      await context.query("alter table chunks enable row level security");
      await context.query(`create policy mine on chunks for select to ${group} using (source_name = 'manual')`);
      await context.query(`grant select (content, source_name) on chunks to ${group}`);
      await using connected = await asRole(reader);
      const seen = new Set<string>();
      const failures = new Set<string>();
      const look = async (table: string) => {
        const rows = await connected.client
          .unsafe(`select content, source_name from ${table}`)
          .catch((error: Error) => {
            failures.add(error.message);
            return [];
          });
        for (const { content, source_name } of rows) seen.add(`${source_name} ${content}`);
        return rows.length;
      };
      expect(await look("chunks")).toBe(2);
      for (let round = 0; round < 3; round++) {
        const rebuild = await context.prepared({ rebuild: true });
        await rebuild.write(DOCUMENTS);
        expect(await look("chunks_rebuild")).toBe(0);
        let swapped = false;
        const reading = (async () => {
          while (!swapped) await look("chunks");
        })();
        await rebuild.swap(NOTHING);
        swapped = true;
        await reading;
        expect(await look("chunks")).toBe(2);
      }
      expect([...seen].sort()).toEqual(["manual a", "manual b"]);
      expect([...failures]).toEqual([expect.stringContaining("permission denied for table chunks_rebuild")]);
      expect(
        await connected.client.unsafe("select title from chunks").catch((error: Error) => error.message),
      ).toContain("permission denied");
      await context.query(`alter default privileges revoke select on tables from ${reader}`);
    });
  });

  test("keep their grants, and the tables their owner, statistics, publications and place", async () => {
    await withRoles(["reader", "owner"], async (reader = "", owner = "") => {
      const tablespace = `bbj_swap_space_${process.pid}`;
      if (context.choice.kind !== "server") throw new Error("this lane is a server's");
      await using administrator = {
        client: new SQL(context.choice.url, { max: 1 }),
        [Symbol.asyncDispose]: async () => {},
      };
      await administrator.client.unsafe("set allow_in_place_tablespaces = on");
      await administrator.client.unsafe(`create tablespace ${tablespace} location ''`);
      try {
        await (await context.prepared()).write(DOCUMENTS);
        await context.query(`grant create on schema public to ${owner}`);
        await context.query(`grant create on tablespace ${tablespace} to ${owner}`);
        for (const statement of [
          `alter table chunks owner to ${owner}`,
          `alter table chunks set tablespace ${tablespace}`,
          `create index mine on chunks (title) tablespace ${tablespace}`,
          `grant select, references on chunks to ${reader} with grant option`,
          `grant update (title) on chunks to ${reader}`,
          "grant select on ingest_documents to public",
        ])
          await context.query(statement);
        const before = await factsOf(context);
        await rebuilt(context);
        const after = await factsOf(context);
        expect(after.documents).toEqual(before.documents);
        expect(after.chunks.filter((line) => !/USING (?:hnsw|ivfflat)/.test(line))).toEqual(before.chunks);
      } finally {
        await context.query("drop table if exists chunks, chunks_rebuild cascade");
        await context.query(`revoke create on tablespace ${tablespace} from ${owner}`);
        await administrator.client.unsafe(`drop tablespace ${tablespace}`);
        await administrator.client.close();
      }
    });
  });

  test("are told from those who rebuild: what the role may not make anew stops it at its start", async () => {
    await withRoles(["writer"], async (writer = "") => {
      await (await context.prepared()).write(DOCUMENTS);
      await context.query("create publication foreign_one for table chunks");
      await context.query(`grant create on schema public to ${writer}`);
      for (const table of ["chunks", "ingest_documents", "ingest_meta"])
        await context.query(`alter table ${table} owner to ${writer}`);
      if (context.choice.kind !== "server") throw new Error("this lane is a server's");
      const url = new URL(context.choice.url);
      url.username = writer;
      const database = await openServer({ ...context.choice, url: url.href });
      try {
        const failure = await failureOf(corpusStore(database, { rebuild: true }).prepare(IDENTITY));
        expect(failure).toMatchObject({ decision: "fatal", code: "database_dependents" });
        expect(failure.message).toContain("alter publication foreign_one add table chunks");
        expect(failure.message).toContain("must be owner of publication foreign_one");
        expect(await context.query("select to_regclass('chunks_rebuild') as shadow")).toEqual([{ shadow: null }]);
      } finally {
        await database.close();
        await context.query("drop publication foreign_one");
        await context.query("drop table ingest_meta");
      }
    });
  });
});
