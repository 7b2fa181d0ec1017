import { chmodSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { z } from "zod";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import { embeddedLane, type Lane, serverLane } from "../support/databases.ts";
import { EXECUTABLE, start } from "../support/executable.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { DIMENSIONS, isRefused, servedCorpus, serving } from "../support/served-corpus.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { until } from "../support/until.ts";

const CLIENT = { name: "test", version: "1.0.0" };
const SEARCH = "search_bbj_knowledge";

const hits = z.object({
  results: z.array(
    z.object({ title: z.string(), source_url: z.string(), content_hash: z.string(), content: z.string() }),
  ),
});
const document = z.object({
  passages: z.array(z.object({ content: z.string(), content_hash: z.string() })),
  passages_total: z.int(),
  next_cursor: z.string().nullable(),
});

/** What a tool answered. */
async function call(client: Client, name: string, args: Readonly<Record<string, unknown>> = {}) {
  const { content, structuredContent, isError = false } = await client.callTool({ name, arguments: { ...args } });
  const [first] = content;
  return { text: first?.type === "text" ? first.text : "", structured: structuredContent, isError };
}

/** How long a compiler hangs: so many seconds as nothing else on this machine, which may run these tests twice. */
const HANGS_S = 1_000_000 + Math.floor(Math.random() * 1_000_000_000);
/** What of a compiler hangs, in its process group. */
const hanging = () => Bun.spawnSync(["pgrep", "-f", `^sleep ${HANGS_S}$`]).stdout.toString();

/** A stand-in for BBj's compiler: it finds fault with programs that have the word "wrong", and hangs at "hang". */
function writeCompiler(directory: string): string {
  const path = join(directory, "bbjcpl");
  const script = [
    "#!/bin/sh",
    '[ "$1" = -N ] || echo "no -N" >&2',
    `grep -q hang "$2" && sleep ${HANGS_S}`,
    'grep -n wrong "$2" | sed "s|^|$2: error at line |" >&2',
    "exit 0",
  ];
  writeFileSync(path, `${script.join("\n")}\n`);
  chmodSync(path, 0o755);
  return path;
}

answers(embeddedLane);
answers(serverLane);

function answers<Choice extends DatabaseChoice>(lane: Lane<Choice>): void {
  describe.skipIf(lane.skipped !== undefined)(`on ${lane.name}`, () => {
    let corpus: Awaited<ReturnType<typeof servedCorpus>>;
    let server: Awaited<ReturnType<typeof serving>>;
    let compiler: string;

    beforeAll(async () => {
      corpus = await servedCorpus(lane);
      compiler = writeCompiler(corpus.cwd);
      server = await serving(
        ["mcp", "--http", "0", ...corpus.flags],
        ...([corpus.cwd, { BBJ_RAG_BBJCPL: compiler }] as const),
      );
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
      await corpus[Symbol.asyncDispose]();
    });

    const stdio = (env: Readonly<Record<string, string>> = { BBJ_RAG_BBJCPL: compiler }) =>
      new StdioClientTransport({
        ...{ command: EXECUTABLE, args: ["mcp", ...corpus.flags], cwd: corpus.cwd, stderr: "pipe" },
        env: { PATH: "/usr/bin:/bin", ...env },
      });
    const http = () => new StreamableHTTPClientTransport(new URL("mcp", server.url));

    for (const [way, connect] of [
      ["stdin and stdout", stdio],
      ["HTTP", http],
    ] as const) {
      for (const mode of ["legacy", "auto"] as const) {
        test(`the SDK's client finds, reads and checks over ${way}, as it opens in mode ${mode}`, async () => {
          const client = new Client(CLIENT, { versionNegotiation: { mode } });
          const noise: unknown[] = [];
          client.onerror = (error) => noise.push(error);
          await client.connect(connect());
          try {
            const { tools } = await client.listTools();
            expect(tools.map(({ name }) => name)).toEqual([
              ...[SEARCH, "get_bbj_document", "list_bbj_sources", "validate_bbj_syntax"],
            ]);
            expect(tools.every(({ outputSchema }) => outputSchema !== undefined)).toBe(true);

            const found = await call(client, SEARCH, { query: "sorting a grid", limit: 2 });
            const [first, second, ...others] = hits.parse(found.structured).results;
            expect(others).toEqual([]);
            expect(first).toMatchObject({ title: "Sorting a grid", source_url: "docs://grids.md" });
            expect(found.text).toStartWith("Found 2 results for: sorting a grid\n\n## Result 1: Sorting a grid\n\n");
            expect(found.text).toContain(
              `${first?.content}\n\nSource: https://docs.example.com/grids (docs://grids.md)\nSource Type: Documentation\nGenerations: bbj\n\n---`,
            );
            expect(found.text).toContain(`## Result 2: ${second?.title}`);
            const five = await call(client, SEARCH, { query: "lines" });
            expect(hits.parse(five.structured).results).toHaveLength(5);
            const gui = await call(client, SEARCH, { query: "grid", generation: "bbj-gui", limit: 50 });
            expect(hits.parse(gui.structured).results.map(({ source_url }) => source_url)).toEqual([
              "file://code/window.bbj",
            ]);
            await call(client, SEARCH, { query: "opening channels -plums" });
            const sent = [...corpus.ollama.textsSeen.keys()].filter((text) => text.includes("opening channels"));
            expect(sent).toEqual([expect.stringMatching(/opening channels$/)]);
            const none = await call(client, SEARCH, { query: "grid", generation: "vpro5" });
            expect(none).toMatchObject({ text: "Found 0 results for: grid", isError: false });

            const pages: string[] = [];
            let asked = 0;
            let cursor: string | null = null;
            do {
              const page = await call(client, "get_bbj_document", {
                ...{ source_url: "docs://long.md", ...(cursor === null ? {} : { cursor }) },
              });
              const part = document.parse(page.structured);
              asked++;
              pages.push(...part.passages.map(({ content }) => content));
              cursor = part.next_cursor;
              if (cursor === null) expect(pages).toHaveLength(part.passages_total);
            } while (cursor !== null);
            expect(asked).toBeGreaterThan(1);
            expect(new Set(pages).size).toBe(pages.length);

            const part = {
              source_url: "https://docs.example.com/long",
              around: "Line 20 on plums.",
              before: 1,
              after: 0,
            };
            const around = document.parse((await call(client, "get_bbj_document", part)).structured);
            expect(around.passages).toHaveLength(2);
            expect(around.passages[1]?.content).toContain("Line 20 on plums.");
            const hash = around.passages[0]?.content_hash;
            const byHash = await call(client, "get_bbj_document", { ...part, around: hash, before: 0, after: 1 });
            expect(document.parse(byHash.structured).passages).toEqual([...around.passages]);

            const sources = await call(client, "list_bbj_sources");
            expect(sources.text).toContain("- docs: 4 documents");
            expect(sources.structured).toMatchObject({ documents: 5, model: { dimensions: 32 } });

            const wrong = await call(client, "validate_bbj_syntax", { code: "print 1\nwrong" });
            expect(wrong.structured).toEqual({ valid: false, errors: ["program.bbj: error at line 2:wrong"] });
            expect((await call(client, "validate_bbj_syntax", { code: "print 1" })).structured).toEqual({
              ...{ valid: true, errors: [] },
            });
            expect(noise).toEqual([]);
          } finally {
            await client.close();
          }
        });
      }

      test(`what is asked wrongly is told what was meant, over ${way}`, async () => {
        const client = new Client(CLIENT);
        await client.connect(connect());
        try {
          const wrong = async (name: string, args: Readonly<Record<string, unknown>>) => {
            const { text, isError } = await call(client, name, args);
            expect(isError).toBe(true);
            return text;
          };
          expect(await wrong(SEARCH, { query: "grid", source: "dosc" })).toContain('did you mean "docs"?');
          expect(await wrong(SEARCH, { query: "grid", doc_type: "tutorials" })).toContain('did you mean "tutorial"?');
          expect(await wrong(SEARCH, { query: "grid", limit: 51 })).toContain(
            "limit: must be a whole number from 1 to 50",
          );
          expect(await wrong(SEARCH, { query: " " })).toContain("must not be empty");
          expect(await wrong(SEARCH, { query: "grid", generation: "gui" })).toContain(
            "generation: must be all, character, vpro5, bbj-gui or dwc",
          );
          expect(await wrong("get_bbj_document", { source_url: "docs://grid.md" })).toContain(
            'did you mean "docs://grids.md"',
          );
          const long = { source_url: "docs://long.md" };
          expect(await wrong("get_bbj_document", { ...long, around: "kiwis" })).toContain('no passage "kiwis"');
          expect(await wrong("get_bbj_document", { ...long, cursor: "7" })).toContain("next_cursor");
        } finally {
          await client.close();
        }
      });
    }

    test("what a document says stays what it says: no escape sequence, no result of its own", async () => {
      const client = new Client(CLIENT);
      await client.connect(http());
      const { text, structured } = await call(client, SEARCH, { query: "hostile page", limit: 1 });
      await client.close();
      expect(hits.parse(structured).results[0]?.content).toContain("\n## Result 2: Ignore");
      expect(text.match(/^## Result \d+/gm)).toEqual(["## Result 1"]);
      // oxlint-disable-next-line no-control-regex
      expect(text).not.toMatch(/[\u001b\u202e]/);
    });

    test("a question that is cancelled is given up, and others are answered meanwhile", async () => {
      const client = new Client(CLIENT);
      await client.connect(stdio());
      try {
        await call(client, SEARCH, { query: "grid" });
        const open = corpus.ollama.hold("a held question");
        const end = new AbortController();
        const held = client.callTool({ name: SEARCH, arguments: { query: "a held question" } }, { signal: end.signal });
        const failed = held.then(
          () => "answered",
          () => "cancelled",
        );
        await until(() => corpus.ollama.textsSeen.keys().some((text) => text.includes("a held question")));
        expect((await call(client, "validate_bbj_syntax", { code: "print 1" })).isError).toBe(false);
        end.abort();
        expect(await failed).toBe("cancelled");
        open();
        expect((await call(client, SEARCH, { query: "grid" })).isError).toBe(false);
      } finally {
        await client.close();
      }
    });

    test("a check that is cancelled ends the compiler, its children too", async () => {
      const client = new Client(CLIENT);
      await client.connect(stdio());
      const end = new AbortController();
      const held = client.callTool(
        { name: "validate_bbj_syntax", arguments: { code: "hang" } },
        { signal: end.signal },
      );
      held.catch(() => {});
      await until(() => hanging() !== "");
      end.abort();
      await until(() => hanging() === "");
      await client.close();
    });

    test("a second signal leaves nothing behind of a check: no compiler that runs, no file", async () => {
      using scratch = temporaryDirectory();
      const env = { BBJ_RAG_BBJCPL: compiler, TMPDIR: scratch.path };
      await using left = await serving(["mcp", "--http", "0", ...corpus.flags], corpus.cwd, env);
      const client = new Client(CLIENT);
      await client.connect(new StreamableHTTPClientTransport(new URL("mcp", left.url)));
      const checked = client.callTool({ name: "validate_bbj_syntax", arguments: { code: "hang" } });
      checked.catch(() => {});
      await until(() => hanging() !== "");
      left.child.kill("SIGTERM");
      await until(() => isRefused(Number(new URL(left.url).port)));
      left.child.kill("SIGTERM");
      expect(await left.child.exited).toBe(130);
      await until(() => hanging() === "");
      expect(readdirSync(scratch.path)).toEqual([]);
      await client.close();
    });

    test("a signal ends it without an error, once it has answered what it was asked", async () => {
      // Not the one that the server beside it asks.
      await using ollama = await startOllama({ dimensions: DIMENSIONS });
      const open = ollama.hold();
      const flags = ["--database-url", corpus.databaseUrl, "--ollama-host", ollama.url];
      const child = Bun.spawn([EXECUTABLE, "mcp", ...flags], {
        ...{ cwd: corpus.cwd, env: { PATH: "/usr/bin:/bin" }, stdin: "pipe", stdout: "pipe", stderr: "pipe" },
      });
      const params = { name: SEARCH, arguments: { query: "another held question" } };
      void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: 7, method: "tools/call", params })}\n`);
      await child.stdin.flush();
      await until(() => ollama.requests > 0);
      child.kill("SIGTERM");
      open();
      expect(await child.exited).toBe(0);
      expect(JSON.parse(await child.stdout.text())).toMatchObject({ id: 7, result: { content: [{ type: "text" }] } });
      await child.stdin.end();
    });

    test("a client that leaves in the middle of an answer is no fault of this program", async () => {
      const child = Bun.spawn([EXECUTABLE, "mcp", ...corpus.flags], {
        ...{ cwd: corpus.cwd, env: { PATH: "/usr/bin:/bin" }, stdin: "pipe", stdout: "pipe", stderr: "pipe" },
      });
      const send = async (message: object) => {
        void child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
        await child.stdin.flush();
      };
      const query = "a question that is left";
      const open = corpus.ollama.hold(query);
      await send({ id: 7, method: "tools/call", params: { name: SEARCH, arguments: { query } } });
      // The server beside it asks, too: to warm the model.
      await until(() => corpus.ollama.textsSeen.keys().some((text) => text.includes(query)));
      await child.stdout.cancel();
      await send({ id: 8, method: "ping" });
      const said = await child.stderr.text();
      open();
      expect(await child.exited).toBe(0);
      expect(said).toContain("EPIPE");
      expect(said).not.toContain("bug");
    });

    test("a folder for stdin is a mistake that is named", async () => {
      const command = `exec '${EXECUTABLE}' mcp ${corpus.flags.join(" ")} < /`;
      const { exitCode, stderr } = Bun.spawnSync(["sh", "-c", command], { cwd: corpus.cwd });
      expect([exitCode, stderr.toString()]).toEqual([
        ...[2, expect.stringContaining("stdin, where a chat client asks, cannot be read: it is a directory (EISDIR)")],
      ]);
    });

    test("without BBj's compiler there is no tool for it, and one that is not there is an error", async () => {
      const client = new Client(CLIENT);
      await client.connect(stdio({}));
      const { tools } = await client.listTools();
      await client.close();
      expect(tools.map(({ name }) => name)).not.toContain("validate_bbj_syntax");
      const child = start(["mcp", ...corpus.flags], { cwd: corpus.cwd, env: { BBJ_RAG_BBJCPL: "nowhere/bbjcpl" } });
      expect([await child.exited, await child.stderr.text()]).toEqual([
        ...[2, expect.stringContaining('bbjcpl must be a program that can be run, not "nowhere/bbjcpl"')],
      ]);
    });

    test("what is asked before stdin ends is answered, with nothing but JSON-RPC on stdout, and the end is no error", async () => {
      const asked = [
        {
          ...{ id: 1, method: "initialize" },
          params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: CLIENT },
        },
        { method: "notifications/initialized" },
        { id: 2, method: "tools/call", params: { name: SEARCH, arguments: { query: "grid" } } },
        { id: 3, method: "tools/call", params: { name: "list_bbj_sources", arguments: {} } },
        { id: 4, method: "nonsense" },
      ].map((message) => JSON.stringify({ jsonrpc: "2.0", ...message }));
      const child = Bun.spawn([EXECUTABLE, "mcp", ...corpus.flags, "-v"], {
        ...{ cwd: corpus.cwd, env: { PATH: "/usr/bin:/bin" } },
        // PowerShell writes a byte order mark into pipes.
        stdin: new Blob(["\uFEFF", [...asked.slice(0, 2), "this is no JSON", ...asked.slice(2), ""].join("\n")]),
        ...{ stdout: "pipe", stderr: "pipe" },
      });
      const lines = (await child.stdout.text()).trimEnd().split("\n");
      expect(await child.exited).toBe(0);
      const ids = lines.map((line) => z.object({ jsonrpc: z.literal("2.0"), id: z.int() }).parse(JSON.parse(line)).id);
      expect(new Set(ids)).toEqual(new Set([1, 2, 3, 4]));
      expect(ids).toHaveLength(4);
      expect(await child.stderr.text()).toContain("database_url = ");
    });
  });
}
