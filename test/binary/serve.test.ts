import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import { embeddedLane, type Lane, serverLane } from "../support/databases.ts";
import { run } from "../support/executable.ts";
import { freePort } from "../support/free-port.ts";
import { isRefused, servedCorpus, serving } from "../support/served-corpus.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

const answer = z.strictObject({
  query: z.string(),
  results: z.array(
    z.strictObject({
      content: z.string(),
      title: z.string(),
      source_url: z.string(),
      doc_type: z.string(),
      generations: z.array(z.string()),
      context_header: z.string(),
      deprecated: z.boolean(),
      display_url: z.string(),
      source_type: z.string(),
      score: z.number(),
    }),
  ),
  count: z.int(),
  source_type_counts: z.record(z.string(), z.int()),
});
const refused = z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) });

/** Status, code and message of an answer that is none. */
async function refusal(response: Response): Promise<readonly (number | string)[]> {
  expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
  const { error } = refused.parse(await response.json());
  return [response.status, error.code, error.message];
}

answers(embeddedLane);
answers(serverLane);

function answers<Choice extends DatabaseChoice>(lane: Lane<Choice>): void {
  describe.skipIf(lane.skipped !== undefined)(`on ${lane.name}`, () => {
    let corpus: Awaited<ReturnType<typeof servedCorpus>>;
    let server: Awaited<ReturnType<typeof corpus.serve>>;
    beforeAll(async () => {
      corpus = await servedCorpus(lane);
      server = await corpus.serve("--allow-host", "docs.example.com", "--verbose");
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
      await corpus[Symbol.asyncDispose]();
    });

    test("a search answers with what was found and counts it", async () => {
      await server.post("search", { query: "sorting of figs -plums" });
      const asked = [...corpus.ollama.textsSeen.keys()].filter((text) => text.includes("sorting of figs"));
      expect(asked).toEqual([expect.stringMatching(/sorting of figs$/)]);
      const response = await server.post("search", { query: "sorting a grid" });
      expect(response.status).toBe(200);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      const { results, ...rest } = answer.parse(await response.json());
      expect(results[0]).toMatchObject({
        ...{ title: "Sorting a grid", source_url: "docs://grids.md", display_url: "https://docs.example.com/grids" },
        ...{ doc_type: "tutorial", source_type: "Documentation", generations: ["bbj"], deprecated: false },
        ...{ context_header: "docs > Sorting a grid" },
        content: "docs > Sorting a grid\n\nA grid is sorted by clicking its header, or by setSortable.",
      });
      const types = Object.values(rest.source_type_counts).reduce((sum, count) => sum + count, 0);
      expect([rest.query, rest.count, types]).toEqual(["sorting a grid", 10, 10]);
    });

    test("a search is narrowed, and a generation may be written as chat clients do", async () => {
      const found = async (more: object) => {
        const { results } = answer.parse(
          await (await server.post("search", { query: "grid", limit: 50, ...more })).json(),
        );
        return new Set(results.map(({ source_url }) => source_url));
      };
      for (const generation of ["bbj-gui", "bbj_gui"])
        expect(await found({ generation })).toEqual(new Set(["file://code/window.bbj"]));
      expect(await found({ source: "code" })).toEqual(new Set(["file://code/window.bbj"]));
      expect(await found({ doc_type: "tutorial" })).toHaveProperty("size", 4);
      expect(await found({ generation: "vpro5" })).toEqual(new Set());
    });

    test("what cannot be answered says what is wrong with it", async () => {
      const wrong = async (body: unknown) => refusal(await server.post("search", body));
      const bad = (message: string) => [400, "bad_request", message] as const;
      expect(await wrong("{")).toEqual([...bad("the body is no JSON")]);
      expect(await wrong([])).toEqual([...bad(expect.stringContaining("object"))]);
      expect(await wrong({})).toEqual([...bad("query: is missing")]);
      expect(await wrong({ query: 7 })).toEqual([...bad("query: must be a text")]);
      expect(await wrong({ query: "x".repeat(9_000) })).toEqual([...bad("query: must have at most 8000 characters")]);
      expect(await wrong({ query: "  " })).toEqual([...bad("query: must not be empty")]);
      for (const limit of [0, 51, 1.5, "7"])
        expect(await wrong({ query: "grid", limit })).toEqual([...bad("limit: must be a whole number from 1 to 50")]);
      expect(await wrong({ query: "grid", limt: 3 })).toEqual([...bad('unknown key "limt"; did you mean "limit"?')]);
      expect(await wrong({ query: "grid", source: "doc" })).toEqual([
        ...[400, "bad_request", expect.stringContaining('did you mean "docs"?')],
      ]);
      expect(await wrong({ query: "grid", generation: "bjb" })).toEqual([
        ...[400, "bad_request", expect.stringContaining('did you mean "bbj"?')],
      ]);
      // Half of a character is one to no strict reader of JSON.
      const halved = await server.post("search", { query: "grid \ud83d", source: `${"x".repeat(78)}😀` });
      expect(await halved.text()).not.toMatch(/\\ud[89ab]/i);
      const half = await server.post("search", { query: "grid \ud83d", limit: 1 });
      expect(await half.json()).toMatchObject({ query: "grid \ufffd" });
      expect(await wrong({ query: "x".repeat(200_000) })).toEqual([413, "too_large", expect.any(String)]);
      const streamed = new ReadableStream({
        pull: (controller) => controller.enqueue(new TextEncoder().encode(" ".repeat(50_000))),
      });
      const headers = { "Content-Type": "application/json" };
      const endless = await fetch(`${server.url}search`, { method: "POST", headers, body: streamed });
      expect(endless.status).toBe(413);
      expect(await refusal(await server.post("search", { query: "grid" }, { "Content-Type": "text/plain" }))).toEqual([
        ...[415, "not_json", expect.any(String)],
      ]);
      const got = await server.get("search");
      expect(got.headers.get("allow")).toBe("POST");
      expect(await refusal(got)).toEqual([405, "method_not_allowed", "/search takes POST"]);
      const posted = await server.post("stats", {});
      expect(posted.headers.get("allow")).toBe("GET, HEAD");
      expect((await server.get("mcp")).status).toBe(405);
      expect(await refusal(await server.get("serach"))).toEqual([404, "not_found", expect.stringContaining("/search")]);
    });

    test("health, figures and the page are told, to HEAD without a body", async () => {
      await server.isWell();
      expect(await (await server.get("health")).json()).toEqual({ status: "ok" });
      expect(await (await server.get("stats")).json()).toMatchObject({
        ...{ documents: 5, model: { provider: "ollama", dimensions: 32 } },
        sources: [
          { name: "docs", documents: 4 },
          { name: "code", documents: 1, chunks: 1 },
        ],
        generations: expect.arrayContaining([{ name: "bbj_gui", chunks: 1 }]),
      });
      const page = await server.get("");
      expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
      const policy = page.headers.get("content-security-policy") ?? "";
      expect(policy).toStartWith("default-src 'none'; script-src ");
      expect(policy).not.toContain("unsafe");
      for (const path of ["", "health", "stats"]) {
        const head = await server.get(path, {}, "HEAD");
        expect([head.status, await head.text()]).toEqual([200, ""]);
        expect(Number(head.headers.get("content-length"))).toBeGreaterThan(0);
      }
    });

    test("pages of other sites, and names that are not this server's, are not answered", async () => {
      const { host, port } = new URL(server.url);
      const status = async (headers: Readonly<Record<string, string>>) => (await server.get("stats", headers)).status;
      expect(await status({ Origin: `http://${host}` })).toBe(200);
      expect(await status({ Host: `localhost:${port}`, Origin: `http://localhost:${port}` })).toBe(200);
      expect(await status({ Host: "docs.example.com", Origin: "https://docs.example.com" })).toBe(200);
      for (const Origin of ["http://evil.example", "null", `http://127.0.0.1:${Number(port) + 1}`, "file://"])
        expect([Origin, await status({ Origin })]).toEqual([Origin, 403]);
      for (const Host of [
        ...["evil.example", `evil.example:${port}`, "192.0.2.7", "localhost.evil.example", "a@127.0.0.1"],
        ...["127.0.0.1:99999", "[::1", "a b"],
      ])
        expect([Host, await status({ Host })]).toEqual([Host, 403]);
      const foreign = await server.post("mcp", {}, { Origin: "http://evil.example" });
      expect(foreign.status).toBe(403);
      const asked = { Origin: "http://evil.example", "Access-Control-Request-Method": "POST" };
      const preflight = await server.get("search", asked, "OPTIONS");
      expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    });

    test("while the embedding server answers nobody that is said, with when to ask again, and it passes", async () => {
      const away = await corpus.serve();
      expect((await away.post("search", { query: "grid" })).status).toBe(200);
      // The server beside it asks, too, and each of them once by itself: to warm the model.
      corpus.ollama.failAbout("a question of its own", new Response("no entry", { status: 401 }));
      const response = await away.post("search", { query: "a question of its own" });
      expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
      expect(await refusal(response)).toEqual([503, "unauthorized", expect.stringContaining("no entry")]);
      expect((await away.post("search", { query: "a question of its own" })).status).toBe(200);
      away.child.kill("SIGTERM");
      expect(await away.child.exited).toBe(0);
      expect(await away.stderr).toContain("no entry");
    });

    test("what is being answered when it is to stop is answered, and then it ends", async () => {
      const stopped = await corpus.serve();
      expect((await stopped.post("search", { query: "grid" })).status).toBe(200);
      const open = corpus.ollama.hold("a question that is held");
      const held = stopped.post("search", { query: "a question that is held" });
      await until(() => corpus.ollama.textsSeen.keys().some((text) => text.includes("a question that is held")));
      stopped.child.kill("SIGTERM");
      const { port } = new URL(stopped.url);
      await until(() => isRefused(Number(port)));
      open();
      expect((await held).status).toBe(200);
      expect(await stopped.child.exited).toBe(0);
      expect(await stopped.stderr).toBe("");
    });

    test("asked by a container, --check says whether it is well, and where nothing listens that it is not", async () => {
      await server.isWell();
      const { port } = new URL(server.url);
      const check = (...args: readonly string[]) => run(["serve", "--check", ...args], { cwd: corpus.cwd });
      for (const host of ["127.0.0.1", "0.0.0.0"])
        expect(await check("--port", port, "--host", host)).toEqual({
          ...{ exitCode: 0, stdout: `http://127.0.0.1:${port}/health is well\n`, stderr: "" },
        });
      expect(await check("--port", port, "--quiet")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
      const told = await check("--port", port, "--json");
      expect(told).toMatchObject({ exitCode: 0, stderr: "" });
      expect(JSON.parse(told.stdout)).toEqual({
        type: "health",
        url: `http://127.0.0.1:${port}/health`,
        problem: null,
      });
      const nobody = String(freePort());
      const alone = await check("--port", nobody, "--json");
      expect(alone).toMatchObject({ exitCode: 1, stderr: "" });
      expect(JSON.parse(alone.stdout)).toMatchObject({ type: "health", problem: expect.stringMatching(/./) });
      expect(await check("--port", nobody, "--quiet")).toEqual({
        ...{ exitCode: 1, stdout: "", stderr: expect.stringContaining(`:${nobody}/health is not well: `) },
      });
      expect(await check("--port", "0")).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--port") });
    });

    test("a port that is taken ends it before it begins", async () => {
      const { port } = new URL(server.url);
      const second = await run(["serve", "--port", port, ...corpus.flags], { cwd: corpus.cwd });
      expect(second).toMatchObject({ exitCode: 2, stdout: "" });
      expect(second.stderr).toContain(`cannot listen on 127.0.0.1, port ${port}: another program listens there`);
    });
  });
}

test("it listens before there is a corpus, says so, and answers when there is one", async () => {
  using directory = temporaryDirectory();
  const cwd = directory.path;
  await Bun.write(`${cwd}/docs/a.md`, "# Grids\n\nA grid has columns.\n");
  await Bun.write(`${cwd}/sources.toml`, '[[sources]]\nname = "docs"\nparser = "mdx"\npaths = ["docs"]\n');
  await using server = await serving(["serve", "--port", "0", "--json"], cwd);
  expect(JSON.parse(server.said)).toEqual({ type: "listening", url: server.url, mcp_url: `${server.url}mcp` });
  const health = await server.get("health");
  expect(health.headers.get("retry-after")).toBe("5");
  expect(await refusal(health)).toEqual([503, "no_corpus", expect.stringContaining("there is no corpus")]);
  expect(await run(["serve", "--check", "--port", new URL(server.url).port], { cwd })).toMatchObject({
    ...{ exitCode: 1, stdout: "", stderr: expect.stringContaining("there is no corpus") },
  });
  expect(await run(["--embedder", "lexical", "--dimensions", "32"], { cwd })).toMatchObject({ exitCode: 0 });
  await server.isWell();
});
