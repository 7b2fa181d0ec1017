import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, test } from "bun:test";
import { EXECUTABLE } from "../support/executable.ts";
import { ownServerSkipped, startOwnServer } from "../support/own-server.ts";
import { servedCorpus, type serving } from "../support/served-corpus.ts";
import { until } from "../support/until.ts";

const ASKING = 4;
/** Said by a connection that is lost, and by one that is made new. */
const AWAY = /Failed to connect|nothing listens at/;

/** Asks all the time, several at once, until it is disposed of; the statuses that came back, and when to ask again by them. */
function asking(server: Awaited<ReturnType<typeof serving>>) {
  const statuses = new Set<string>();
  let isOver = false;
  const loops = Array.from({ length: ASKING }, async (_, loop) => {
    for (let number = 0; !isOver; number++) {
      const asked = server.post("search", { query: `grid ${loop} ${number}`, limit: 1 });
      statuses.add(await asked.then(statusOf, (error: unknown) => String(error)));
    }
  });
  return {
    statuses,
    met: (status: string) => until(() => statuses.has(status)),
    async [Symbol.asyncDispose]() {
      isOver = true;
      await Promise.all(loops);
    },
  };
}

function statusOf({ status, headers }: Response): string {
  return `${status}, ${headers.get("retry-after")}`;
}

describe.skipIf(ownServerSkipped !== undefined)("a PostgreSQL server that is stopped, and started again:", () => {
  test("who is asked meanwhile says when to ask again, and answers after it, in the same process", async () => {
    await using postgres = await startOwnServer();
    await using corpus = await servedCorpus(postgres.lane);
    await using server = await corpus.serve();
    const clients = [
      new StreamableHTTPClientTransport(new URL("mcp", server.url)),
      new StdioClientTransport({
        ...{ command: EXECUTABLE, args: ["mcp", ...corpus.flags], cwd: corpus.cwd, stderr: "pipe" },
        env: { PATH: "/usr/bin:/bin" },
      }),
    ].map((transport) => ({ client: new Client({ name: "test", version: "1.0.0" }), transport }));
    for (const { client, transport } of clients) await client.connect(transport);
    const answersOf = (query: string) =>
      Promise.all(
        clients.map(async ({ client }) => {
          const { content, isError = false } = await client.callTool({
            name: "search_bbj_knowledge",
            arguments: { query },
          });
          return { isError, text: JSON.stringify(content) };
        }),
      );
    const found = { isError: false, text: expect.stringContaining("Sorting a grid") };
    expect(await answersOf("sorting a grid")).toEqual([found, found]);

    await using load = asking(server);
    const { statuses, met } = load;
    await met("200, null");
    await postgres.stop();
    await met("503, 5");
    const health = await server.get("health");
    expect(statusOf(health)).toEqual("503, 5");
    expect(await health.text()).toMatch(AWAY);
    const refused = { isError: true, text: expect.stringMatching(AWAY) };
    expect(await answersOf("sorting a grid")).toEqual([refused, refused]);

    await postgres.start();
    statuses.clear();
    await met("200, null");
    await server.isWell();
    expect(await answersOf("sorting a grid")).toEqual([found, found]);
    await load[Symbol.asyncDispose]();
    expect([...statuses.keys()].filter((status) => status !== "200, null" && status !== "503, 5")).toEqual([]);
    expect(server.child.exitCode).toBeNull();
    for (const { client } of clients) await client.close();
  });
});
