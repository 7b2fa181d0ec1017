import type { DatabaseChoice } from "../config/database-choice.ts";
import type { Note } from "../parsers/parser.ts";
import { IngestError } from "../flow/errors.ts";
import type { Database } from "./database.ts";
import { openEmbedded } from "./embedded.ts";
import { prepareShadow, swapShadow } from "./rebuild.ts";
import * as schema from "./schema.ts";
import { hybridSearch } from "./search.ts";
import { openServer } from "./server.ts";
import { ident, sql } from "./sql.ts";
import type {
  CorpusState,
  DocumentHashes,
  DocumentWrite,
  KnownChunks,
  ModelIdentity,
  SearchHit,
  SearchRequest,
  Store,
  StoredInput,
  StoredSource,
  WriteCounts,
} from "./store.ts";
import { ensureVectorIndex } from "./vector-index.ts";
import { writeDocuments } from "./write.ts";

/** Opens the corpus in the chosen database. Writes nothing before `prepare`. With `rebuild` it works on the shadow tables. */
export async function openStore(
  choice: DatabaseChoice,
  { rebuild = false }: { readonly rebuild?: boolean } = {},
): Promise<Store> {
  const database = choice.kind === "server" ? await openServer(choice) : await openEmbedded(choice);
  return new CorpusStore(database, rebuild);
}

/** The corpus in any database behind the seam. */
export class CorpusStore implements Store {
  readonly description: string;
  readonly #database: Database;
  readonly #rebuild: boolean;
  readonly #tables: schema.Tables;
  #identity: ModelIdentity | undefined;
  /** Database time when the store was first asked, as text. */
  #since: string | undefined;

  constructor(database: Database, rebuild: boolean) {
    this.#database = database;
    this.#rebuild = rebuild;
    this.#tables = rebuild ? schema.SHADOW : schema.CORPUS;
    this.description = database.description;
  }

  async inspect(): Promise<CorpusState> {
    const none: CorpusState = { kind: "none", identity: undefined, dimensions: undefined };
    if (!(await this.#database.exists())) return none;
    await this.#requireExtension();
    const hasMeta = await schema.tableExists(this.#database, "ingest_meta");
    if (hasMeta) await schema.schemaVersion(this.#database);
    if (!(await schema.tableExists(this.#database, schema.CORPUS.chunks))) return none;
    const [column] = await this.#database.query<{ dimensions: number; ours: boolean }>(sql`
      select a.atttypmod as dimensions, exists (select from pg_attribute s
        where s.attrelid = a.attrelid and s.attname = 'source_name' and not s.attisdropped) as ours
      from pg_attribute a where a.attrelid = 'chunks'::regclass and a.attname = 'embedding' and not a.attisdropped`);
    if (column === undefined) {
      throw new IngestError(
        `${this.description} has a table "chunks" that is no corpus: it has no column "embedding"`,
        {
          decision: "fatal",
          code: "not_a_corpus",
          hint: "name another database",
        },
      );
    }
    const { dimensions } = column;
    if (!column.ours) return { kind: "adoptable", identity: undefined, dimensions };
    const identity = hasMeta ? schema.identityIn(await schema.readMeta(this.#database)) : undefined;
    if (!this.#rebuild) this.#identity = identity;
    return { kind: "current", identity, dimensions };
  }

  async lock(sources: readonly string[], { exclusive }: { readonly exclusive: boolean }): Promise<void> {
    // The corpus lock has no source's name: every run shares it, a rebuild has it alone. Sorted, so that no two runs
    // wait for each other.
    await this.#database.lock([
      { name: "", shared: !exclusive },
      ...[...sources].sort().map((name) => ({ name, shared: false })),
    ]);
  }

  async prepare({ provider, model, dimensions }: ModelIdentity): Promise<void> {
    const identity = { provider, model, dimensions };
    await this.#database.create();
    await this.#requireExtension();
    await this.#database.begin(async (tx) => {
      await schema.migrate(tx, identity);
      if (this.#rebuild) return prepareShadow(tx, identity);
      const stored = schema.identityIn(await schema.readMeta(tx));
      if (stored === undefined) return schema.setIdentity(tx, identity);
      if (!schema.sameIdentity(stored, identity)) {
        throw new IngestError(
          `the corpus was made with ${stored.provider} ${stored.model} (${stored.dimensions} dimensions)`,
          {
            decision: "fatal",
            code: "model_mismatch",
            hint: "rebuild it with: bbj-ingest-all --clean",
          },
        );
      }
    });
    this.#identity = identity;
  }

  async loadSource(source: string): Promise<StoredSource> {
    const documents = new Map<string, { input: string; complete: boolean; chunks: number }>();
    const inputs = new Map<string, StoredInput>();
    if (!(await this.#has(this.#tables.documents))) return { documents, inputs };
    const rows = await this.#database.query<{
      source_url: string;
      input: string;
      fingerprint: string;
      input_documents: number;
      chunks: number;
      complete: boolean;
      notes: readonly Note[];
    }>(sql`
      select source_url, input, fingerprint, input_documents, chunks, complete, notes
      from ${ident(this.#tables.documents)} where source_name = ${source}::text order by source_url`);
    for (const row of rows) {
      documents.set(row.source_url, { input: row.input, complete: row.complete, chunks: row.chunks });
      const other = inputs.get(row.input);
      // A document that an older version of the input left behind makes the input count as changed.
      const same =
        other === undefined || (other.fingerprint === row.fingerprint && other.documents === row.input_documents);
      inputs.set(row.input, {
        fingerprint: row.fingerprint,
        documents: row.input_documents,
        complete: same ? (other?.complete ?? 0) + (row.complete ? 1 : 0) : Number.NEGATIVE_INFINITY,
        chunks: (other?.chunks ?? 0) + row.chunks,
        notes: row.notes,
      });
    }
    return { documents, inputs };
  }

  async known(
    source: string,
    documents: readonly DocumentHashes[],
    { thisRunOnly = false }: { readonly thisRunOnly?: boolean } = {},
  ): Promise<KnownChunks> {
    const own = new Map<string, Set<string>>();
    const vectors = new Map<string, Float32Array>();
    if (!(await this.#has(this.#tables.documents))) return { own, vectors };
    const chunks = ident(this.#tables.chunks);
    const urls = documents.map(({ sourceUrl }) => sourceUrl);
    const rows = await this.#database.query<{ source_url: string; content_hash: string }>(sql`
      select source_url, content_hash from ${chunks}
      where source_name = ${source}::text and source_url = any (${urls}::text[])`);
    for (const { source_url, content_hash } of rows) {
      const hashes = own.get(source_url) ?? new Set();
      own.set(source_url, hashes.add(content_hash));
    }
    const lacking = documents.flatMap(({ sourceUrl, hashes }) =>
      hashes.filter((hash) => thisRunOnly || !own.get(sourceUrl)?.has(hash)),
    );
    if (lacking.length === 0 || this.#identity === undefined) return { own, vectors };
    const found = await this.#database.query<{ content_hash: string; embedding: ArrayLike<number> }>(sql`
      select distinct on (content_hash) content_hash, embedding::real[] as embedding from ${chunks}
      where content_hash = any (${[...new Set(lacking)]}::text[]) and embedding_model = ${this.#identity.model}::text
        and updated_at >= ${thisRunOnly ? await this.#started() : "-infinity"}::timestamptz
      order by content_hash, source_name, source_url`);
    for (const { content_hash, embedding } of found) vectors.set(content_hash, Float32Array.from(embedding));
    return { own, vectors };
  }

  async write(documents: readonly DocumentWrite[]): Promise<WriteCounts> {
    const { model } = this.#prepared();
    return this.#database.begin((tx) => writeDocuments(tx, this.#tables, documents, model));
  }

  async removeDocuments(source: string, sourceUrls: readonly string[]): Promise<number> {
    const urls = [...sourceUrls];
    return this.#database.begin(async (tx) => {
      await tx.query(sql`
        delete from ${ident(this.#tables.documents)} where source_name = ${source}::text and source_url = any (${urls}::text[])`);
      const [removed] = await tx.query<{ count: number }>(sql`
        with removed as (
          delete from ${ident(this.#tables.chunks)} where source_name = ${source}::text and source_url = any (${urls}::text[])
          returning 1)
        select count(*)::int as count from removed`);
      return removed?.count ?? 0;
    });
  }

  async removeAdopted(): Promise<number> {
    if (!(await this.#has(this.#tables.documents))) return 0;
    const [adopted] = await this.#database.query<{ found: boolean }>(sql`
      select exists (select from chunks where source_name = '') as found`);
    if (!adopted?.found) return 0;
    return this.#database.begin(async (tx) => {
      const [removed] = await tx.query<{ count: number }>(sql`
        with removed as (delete from chunks where source_name = '' returning 1) select count(*)::int as count from removed`);
      return removed?.count ?? 0;
    });
  }

  async ensureVectorIndex(): Promise<boolean> {
    if (!(await this.#has(this.#tables.chunks))) return false;
    return ensureVectorIndex(this.#database, this.#tables.chunks);
  }

  async swap(keep: Parameters<Store["swap"]>[0]): Promise<void> {
    await swapShadow(this.#database, this.#prepared(), keep);
  }

  async search(request: SearchRequest): Promise<SearchHit[]> {
    return hybridSearch(this.#database, request);
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  async #has(table: string): Promise<boolean> {
    return (await this.#database.exists()) && (await schema.tableExists(this.#database, table));
  }

  async #started(): Promise<string> {
    if (this.#since === undefined) {
      const [row] = await this.#database.query<{ now: string }>(sql`select now()::text as now`);
      this.#since = row?.now ?? "-infinity";
    }
    return this.#since;
  }

  #prepared(): ModelIdentity {
    if (this.#identity === undefined) throw new Error("the store was written to before it was prepared");
    return this.#identity;
  }

  async #requireExtension(): Promise<void> {
    const [extension] = await this.#database.query<{ name: string }>(sql`
      select name::text from pg_available_extensions where name = 'vector'`);
    if (extension !== undefined) return;
    throw new IngestError(`${this.description} has no extension "vector"`, {
      decision: "fatal",
      code: "vector_missing",
      hint: "install pgvector on the server (Debian: apt install postgresql-17-pgvector), or use --database-url pglite:DIR",
    });
  }
}
