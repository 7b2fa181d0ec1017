import { SQL } from "bun";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import { testDatabase } from "../support/executable.ts";
import { textOf } from "./blocks.ts";
import { reader } from "./reader.ts";

const serverUrl = process.env.BBJ_RAG_TEST_DATABASE_URL;
const NAME = `bbj_readme_${crypto.randomUUID().slice(0, 8)}`;
const READER = `${NAME}_reader`;
const INVOICE = "invoice-total.bbj";

/** What is typed, with a name that no other test has in the place of `corpus`. */
const renamed = (text: string) => text.replaceAll(/\bcorpus\b/g, NAME).replaceAll(/\breader\b/g, READER);

function urlOf(database: string, user?: string): string {
  const url = new URL(serverUrl ?? "");
  url.pathname = `/${database}`;
  if (user !== undefined) [url.username, url.password] = [user, "choose-one"];
  return url.href;
}

async function administer(statements: readonly string[], url = serverUrl ?? ""): Promise<void> {
  for (const statement of statements) await query(url, statement);
}

async function query(url: string, statement: string, parameters: readonly string[] = []): Promise<unknown> {
  const sql = new SQL(url, { max: 1 });
  try {
    return await sql.unsafe(statement, [...parameters]);
  } finally {
    await sql.close();
  }
}

/** As psql does it: `\connect` goes on in another database. */
async function psql(text: string): Promise<void> {
  const [before = "", after = ""] = text.split(/^\\connect .*$/m);
  const statements = (part: string) => part.split(";\n").filter((one) => one.trim() !== "");
  await administer(statements(before));
  await administer(statements(after), urlOf(NAME));
}

describe.skipIf(serverUrl === undefined)("with a PostgreSQL server, a program", () => {
  beforeAll(async () => {
    const statements = renamed(textOf("postgres"));
    expect(statements.match(/;$/gm)).toHaveLength(4);
    await psql(statements);
    const { host } = new URL(serverUrl ?? "");
    using user = await reader();
    const typed = renamed(textOf("server")).replace("localhost:5432", host);
    const { exitCode, stdout, stderr } = await user.shell(typed);
    expect(stdout).toContain("A run can start");
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    await administer([`create role ${READER} login password 'choose-one'`]);
    await administer([renamed(textOf("grant"))], urlOf(NAME, NAME));
  });

  afterAll(async () => {
    const made = [`database if exists ${NAME} with (force)`, `role if exists ${NAME}`, `role if exists ${READER}`];
    await administer(made.map((what) => `drop ${what}`));
  });

  const asReader = (statement: string, ...parameters: readonly string[]) =>
    query(urlOf(NAME, READER), statement, parameters);
  const titles = async (statement: string, ...parameters: readonly string[]) => {
    const shape = z.array(z.object({ title: z.string(), content: z.string() }));
    return shape.parse(await asReader(statement, ...parameters)).map(({ title }) => title);
  };
  const vectorOf = async (title: string) => {
    const shape = z.array(z.object({ vector: z.string() }));
    const [row] = shape.parse(await asReader("select embedding::text as vector from chunks where title = $1", title));
    return row?.vector ?? "";
  };

  test("finds by meaning", async () => {
    const title = "Handling errors";
    expect((await titles(textOf("vector"), await vectorOf(title)))[0]).toBe(title);
  });

  test.each([2_560, 4_001])(
    "finds by meaning in %d dimensions, by an index where there can be one",
    async (dimensions) => {
      await using database = await testDatabase();
      using user = await reader();
      const ingest = `bbj-ingest-all --embedder lexical --dimensions ${dimensions} --database-url ${database.url}`;
      expect(await user.shell(ingest)).toMatchObject({ exitCode: 0 });
      await administer([renamed(textOf("grant"))], database.url);
      const url = new URL(database.url);
      [url.username, url.password] = [READER, "choose-one"];
      const sql = new SQL(url.href, { max: 1 });
      const rows = z.array(z.record(z.string(), z.unknown()));
      const asked = async (statement: string, ...parameters: readonly string[]) =>
        rows.parse(await sql.unsafe(statement, [...parameters])).map((row) => String(Object.values(row)[0]));
      try {
        const title = "Handling errors";
        const [vector = ""] = await asked("select embedding::text from chunks where title = $1", title);
        for (const plan of ["seqscan", "bitmapscan", "sort"]) await sql.unsafe(`set enable_${plan} = off`);
        const isIndexed = async (statement: string) =>
          (await asked(`explain ${statement.replaceAll("$1", `'${vector}'`)}`))
            .join()
            .includes("idx_chunks_embedding_hnsw");
        expect((await asked(textOf("vector"), vector))[0]).toBe(title);
        expect(await isIndexed(textOf("vector"))).toBe(false);
        if (dimensions > 4_000) return;
        expect((await asked(textOf("halves"), vector))[0]).toBe(title);
        expect(await isIndexed(textOf("halves"))).toBe(true);
      } finally {
        await sql.close();
      }
    },
  );

  test("finds by words", async () => {
    expect((await titles(textOf("text"), "tax of an invoice"))[0]).toBe(INVOICE);
  });

  test("finds by both", async () => {
    const found = await titles(textOf("hybrid"), await vectorOf(INVOICE), '"by number" account');
    expect(found.slice(0, 2)).toContain(INVOICE);
    expect(found.length).toBeGreaterThan(5);
  });
});
