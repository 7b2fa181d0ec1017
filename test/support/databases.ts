import { afterAll, afterEach, beforeAll, describe } from "bun:test";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import { corpusStore } from "../../src/store/corpus-store.ts";
import type { Database } from "../../src/store/driver/database.ts";
import { openEmbedded } from "../../src/store/driver/embedded.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { constant } from "../../src/store/driver/sql.ts";
import type { ModelIdentity, Store } from "../../src/store/store.ts";

/** A database of a test's own. */
export type TestDatabase<Choice extends DatabaseChoice = DatabaseChoice> = {
  readonly choice: Choice;
  /** Removes it, whoever is connected. */
  drop(): Promise<void>;
};

/** A kind of database to run tests on. */
export type Lane<Choice extends DatabaseChoice = DatabaseChoice> = {
  readonly name: string;
  /** Why it cannot be used here; undefined when it can. */
  readonly skipped: string | undefined;
  /** A new, empty database. */
  create(): Promise<TestDatabase<Choice>>;
  open(choice: Choice): Promise<Database>;
};

type ServerChoice = Extract<DatabaseChoice, { kind: "server" }>;
type EmbeddedChoice = Extract<DatabaseChoice, { kind: "embedded" }>;

const SERVER_VARIABLE = "BBJ_RAG_TEST_DATABASE_URL";
const serverUrl = process.env[SERVER_VARIABLE];
/** Of a machine that is busy with other tests. */
const INITDB_MS_MAX = 60_000;
let databases = 0;

/** A real server with pgvector; every database is new, and dropped at the end. */
export const serverLane: Lane<ServerChoice> = {
  name: "PostgreSQL server",
  skipped: serverUrl === undefined ? `${SERVER_VARIABLE} is not set` : undefined,
  create: async () => {
    const name = `bbj_test_${process.pid}_${Date.now()}_${databases++}`;
    // template0: nobody can be connected to it, which would make this fail.
    await administer(`create database ${name} template template0`);
    const url = new URL(serverUrl ?? "");
    url.pathname = `/${name}`;
    return {
      choice: { kind: "server", url: url.href, label: `${url.host}/${name}`, chosenBy: SERVER_VARIABLE },
      drop: () => administer(`drop database if exists ${name} with (force)`),
    };
  },
  open: (choice) => openServer(choice),
};

/** PGlite in a directory of its own, made by copying one that `initdb` made once for all tests of this user. */
export const embeddedLane: Lane<EmbeddedChoice> = {
  name: "embedded PostgreSQL",
  skipped: undefined,
  create: async () => {
    const directory = await mkdtemp(join(tmpdir(), "bbj-ingest-all-test-"));
    await makeEmbedded(directory);
    return {
      choice: embeddedChoice(directory),
      drop: () => rm(directory, { recursive: true, force: true }),
    };
  },
  open: (choice) => openEmbedded(choice),
};

export function embeddedChoice(directory: string): EmbeddedChoice {
  return { kind: "embedded", directory, label: `pglite:${directory}`, chosenBy: "a test" };
}

/** What a test of a store gets. Its database is empty, apart from the extension. */
export type StoreTest = {
  /** As if others read it, on every lane. */
  readonly database: Database;
  readonly choice: DatabaseChoice;
  /** A store on the one connection of the test. */
  store(options?: { readonly rebuild?: boolean }): Store;
  /** A store that is prepared for `identity`. */
  prepared(options?: { readonly rebuild?: boolean; readonly identity?: ModelIdentity }): Promise<Store>;
  /** Any SQL without parameters. */
  query: (text: string) => ReturnType<Database["query"]>;
};

/** The model of stores that a test has no opinion on. */
export const IDENTITY: ModelIdentity = { provider: "lexical", model: "a-model", dimensions: 4 };

/** Runs the tests that `define` defines on every lane there is; a lane that cannot be used is skipped, with the reason. */
export function onEveryLane(name: string, define: (context: StoreTest) => void): void {
  onLane(serverLane, name, define);
  onLane(embeddedLane, name, define);
}

export function onLane<Choice extends DatabaseChoice>(
  lane: Lane<Choice>,
  name: string,
  define: (context: StoreTest) => void,
): void {
  const title = `${name}, ${lane.name}`;
  if (lane.skipped !== undefined) return describe.skip(`${title} (${lane.skipped})`, () => define(unopened));
  describe(title, () => {
    let test: TestDatabase<Choice>;
    let database: Database;
    beforeAll(async () => {
      test = await lane.create();
      // What is made for readers is SQL that the embedded PostgreSQL has to understand, too.
      database = { ...(await lane.open(test.choice)), hasOtherReaders: true };
    }, INITDB_MS_MAX);
    afterEach(() => removeEverything(database));
    afterAll(async () => {
      await database.close();
      await test.drop();
    });
    const store: StoreTest["store"] = ({ rebuild = false } = {}) => corpusStore(database, { rebuild });
    define({
      get database() {
        return database;
      },
      get choice() {
        return test.choice;
      },
      store,
      prepared: async ({ identity = IDENTITY, ...options } = {}) => {
        const prepared = store(options);
        await prepared.prepare(identity);
        return prepared;
      },
      query: (text) => database.query(constant(text)),
    });
  });
}

const unopened: StoreTest = {
  get database(): never {
    throw new Error("a skipped lane has no database");
  },
  get choice(): never {
    throw new Error("a skipped lane has no database");
  },
  store: () => {
    throw new Error("a skipped lane has no store");
  },
  prepared: () => Promise.reject(new Error("a skipped lane has no store")),
  query: () => Promise.reject(new Error("a skipped lane has no database")),
};

/** Leaves a database without all that we make in it. */
export async function removeEverything(database: Database): Promise<void> {
  const tables = [
    "chunks",
    "chunks_rebuild",
    "ingest_documents",
    "ingest_documents_rebuild",
    "ingest_meta",
    "ingest_runs",
  ];
  await database.query(constant(`drop table if exists ${tables.join(", ")} cascade`));
  await database.query(constant("drop function if exists rrf_score"));
}

async function administer(statement: string): Promise<void> {
  const admin = new SQL(serverUrl ?? "", { max: 1 });
  try {
    await admin.unsafe(statement);
  } finally {
    await admin.close();
  }
}

/** Makes an empty embedded database in a directory, as a first run does, in a tenth of its time. */
export async function makeEmbedded(directory: string): Promise<void> {
  await cp(await initialised(), join(directory, "data"), { recursive: true });
}

/** `initdb` takes 3 s, a copy of what it made a tenth of that. Of several test files that make it, the first one counts. */
async function initialised(): Promise<string> {
  const { version } = await import("../../node_modules/@electric-sql/pglite/package.json");
  const template = join(tmpdir(), `bbj-ingest-all-test-pglite-${version}-${process.getuid?.() ?? ""}`);
  if (existsSync(template)) return template;
  const aside = await mkdtemp(join(tmpdir(), "bbj-ingest-all-test-"));
  const database = await openEmbedded(embeddedChoice(aside));
  await database.create();
  await database.close();
  await rename(join(aside, "data"), template).catch(() => {});
  await rm(aside, { recursive: true, force: true });
  return template;
}
