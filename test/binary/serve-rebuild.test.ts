import { SQL } from "bun";
import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { embeddedLane, serverLane } from "../support/databases.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { run } from "../support/executable.ts";
import { servedCorpus } from "../support/served-corpus.ts";
import { until } from "../support/until.ts";

type Served = Awaited<ReturnType<Awaited<ReturnType<typeof servedCorpus>>["serve"]>>;

const ASKING = 6;
const count = z.object({ count: z.int() });

/** Asks all the time, several at once, until it is stopped; then says how often each status came back. */
function asking(server: Served) {
  const statuses = new Map<number, number>();
  let answers = 0;
  let isOver = false;
  const loops = Array.from({ length: ASKING }, async (_, loop) => {
    for (let number = 0; !isOver; number++) {
      // Each question is a new one, so that each is embedded.
      const response = await server.post("search", { query: `grid ${loop} ${number}`, limit: 1 });
      const body: unknown = await response.json();
      const isAnswer = response.status === 200 && count.parse(body).count === 1;
      const status = response.status === 200 && !isAnswer ? 0 : response.status;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      answers++;
    }
  });
  return {
    /** Resolves when so many more have been answered. */
    more: (wanted: number) => {
      const before = answers;
      return until(() => answers >= before + wanted);
    },
    async stop() {
      isOver = true;
      await Promise.all(loops);
      return [...statuses.keys()];
    },
  };
}

describe.skipIf(serverLane.skipped !== undefined)("while it is asked, on PostgreSQL server,", () => {
  test("a rebuild with another model and length is swapped in without an error", async () => {
    await using corpus = await servedCorpus(serverLane);
    await using other = await startOllama({ model: "another", dimensions: 48 });
    // One server that has both models.
    await using server = await corpus.serve("--ollama-host", corpus.ollama.url);
    const load = asking(server);
    await load.more(20);
    expect(await corpus.ingest("--clean")).toMatchObject({ exitCode: 0 });
    await load.more(20);
    const rebuilt = await run(
      [
        ...["--database-url", corpus.databaseUrl, "--embedder", "lexical", "--dimensions", "48", "--clean"],
        ...["--ollama-host", other.url],
      ],
      { cwd: corpus.cwd },
    );
    expect(rebuilt).toMatchObject({ exitCode: 0 });
    await load.more(20);
    expect(await load.stop()).toEqual([200]);
    expect(await (await server.get("stats")).json()).toMatchObject({ model: { provider: "lexical", dimensions: 48 } });
  });

  test("a database that ends all connections is connected to again without an error", async () => {
    await using corpus = await servedCorpus(serverLane);
    await using server = await corpus.serve();
    const load = asking(server);
    await load.more(20);
    const { requests } = corpus.ollama;
    const sql = new SQL(corpus.databaseUrl, { max: 1 });
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
    await sql.close();
    await load.more(40);
    expect(await load.stop()).toEqual([200]);
    expect(corpus.ollama.requests).toBeGreaterThan(requests);
  });
});

test("a run gets the embedded database from a server that is asked all the time, which answers again after it", async () => {
  await using corpus = await servedCorpus(embeddedLane);
  await using server = await corpus.serve();
  const load = asking(server);
  await load.more(20);
  await Bun.write(`${corpus.cwd}/docs/new.md`, "# Wholly new\n\nSomething else.\n");
  expect(await corpus.ingest()).toMatchObject({ exitCode: 0 });
  await load.more(20);
  // While the run has it, it is said who has.
  expect((await load.stop()).filter((status) => status !== 200 && status !== 503)).toEqual([]);
  const response = await server.post("search", { query: "wholly new" });
  expect(await response.text()).toContain("Something else.");
});

test("and from one that nobody asks anything", async () => {
  await using corpus = await servedCorpus(embeddedLane);
  await using server = await corpus.serve();
  await server.isWell();
  // Not what the server asks by itself, to warm the model.
  const open = corpus.ollama.hold("Something else.");
  await Bun.write(`${corpus.cwd}/docs/new.md`, "# Wholly new\n\nSomething else.\n");
  let isOver = false;
  const ingesting = corpus.ingest().finally(() => (isOver = true));
  await until(() => isOver || corpus.ollama.textsSeen.keys().some((text) => text.includes("Something else.")));
  const response = await server.get("stats");
  expect(response.status).toBe(503);
  expect(await response.text()).toContain("in use by another run: pid ");
  open();
  expect(await ingesting).toMatchObject({ exitCode: 0 });
  expect(await (await server.get("stats")).json()).toMatchObject({ documents: 6 });
});

test("and from one whose question waits for its vector, which is answered after it", async () => {
  await using corpus = await servedCorpus(embeddedLane);
  await using server = await corpus.serve();
  expect((await server.post("search", { query: "grid" })).status).toBe(200);
  const open = corpus.ollama.hold("a question that is held");
  const held = server.post("search", { query: "a question that is held" });
  await until(() => corpus.ollama.textsSeen.keys().some((text) => text.includes("a question that is held")));
  const status = await run(["status", "--database-url", corpus.databaseUrl], { cwd: corpus.cwd });
  expect(status).toMatchObject({ exitCode: 0, stderr: "" });
  open();
  expect((await held).status).toBe(200);
});
