import { expect, test } from "bun:test";
import { corpusStore } from "../../src/store/corpus-store.ts";
import type { Database } from "../../src/store/driver/database.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { IDENTITY, onEveryLane, onLane, serverLane, type StoreTest } from "../support/databases.ts";
import { written } from "../support/documents.ts";

const page = written("https://docs/page", ["first", "second"]);

/** The database, and which tables its transactions fed; `before` the first rows are fed to `chunks`. */
function fed(database: Database, before = async () => {}) {
  const tables: string[] = [];
  const watched: Database = {
    ...database,
    begin: (work) =>
      database.begin((tx) =>
        work({
          ...tx,
          async copyIn(table, columns, bytes) {
            if (table === "chunks" && !tables.includes(table)) await before();
            tables.push(table);
            await tx.copyIn(table, columns, bytes);
          },
        }),
      ),
  };
  return { tables, watched };
}

async function preparedOn(database: Database) {
  const store = corpusStore(database, { rebuild: false });
  await store.prepare(IDENTITY);
  return store;
}

const stored = ({ query }: Pick<StoreTest, "query">) => query("select content from chunks order by chunk_index");

onEveryLane("documents without rows", (context) => {
  test("go straight into the table, and later ones by what differs", async () => {
    const { tables, watched } = fed(context.database);
    const store = await preparedOn(watched);
    expect(await store.write([page])).toEqual({ inserted: 2, updated: 0, kept: 0, removed: 0 });
    expect(tables).toEqual(["chunks"]);
    const changed = written("https://docs/page", ["first", "third"]);
    const other = written("https://docs/other", ["fourth"]);
    expect(await store.write([changed, other])).toEqual({ inserted: 2, updated: 0, kept: 1, removed: 1 });
    expect(tables).toEqual(["chunks", "stage"]);
    expect(await stored(context)).toHaveLength(3);
  });
});

onLane(serverLane, "documents without rows", (context) => {
  test("that another run stores at the same moment are there once", async () => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    const another = await openServer(context.choice);
    try {
      const first = await preparedOn(another);
      const { tables, watched } = fed(context.database, async () => {
        await first.write([page]);
      });
      const store = await preparedOn(watched);
      expect(await store.write([page])).toEqual({ inserted: 0, updated: 0, kept: 2, removed: 0 });
      expect(tables).toEqual(["chunks", "stage"]);
    } finally {
      await another.close();
    }
    expect(await stored(context)).toEqual([{ content: "first" }, { content: "second" }]);
  });

  test("are stored where policies filter the rows, which a COPY does not allow", async () => {
    if (context.choice.kind !== "server") throw new Error("this lane is a server's");
    const role = `writer_${process.pid}_${Date.now()}`;
    await context.prepared();
    await context.query(`create role ${role} nosuperuser`);
    try {
      await context.query(`grant all on all tables in schema public to ${role}`);
      await context.query(`grant all on all sequences in schema public to ${role}`);
      await context.query("alter table chunks enable row level security");
      await context.query("create policy everything on chunks using (true) with check (true)");
      const database: Database = {
        ...context.database,
        begin: (work) =>
          context.database.begin(async (tx) => {
            await tx.query({ text: `set local role ${role}`, values: [] });
            return work(tx);
          }),
      };
      const { tables, watched } = fed(database);
      const store = await preparedOn(watched);
      expect(await store.write([page])).toEqual({ inserted: 2, updated: 0, kept: 0, removed: 0 });
      expect(tables).toEqual(["chunks", "stage"]);
    } finally {
      await context.query(`drop owned by ${role}`);
      await context.query(`drop role ${role}`);
    }
  });
});
