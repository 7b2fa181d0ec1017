import { describe, expect, test } from "bun:test";
import { createEmbedder, type EmbedderSettings } from "../../src/embed/registry.ts";
import { PROBE_TEXT } from "../../src/embed/server-embedder.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { startOllama } from "../support/ollama-stand-in.ts";
import { startOpenAI } from "../support/openai-stand-in.ts";
import { type Page, pageParser } from "../support/page-parser.ts";
import { runIngestor } from "../support/run-ingestor.ts";
import type { StandIn } from "../support/stand-in-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const DIMENSIONS = 16;
const GEMMA = "embeddinggemma";

const page = (path: string, title: string, content = "On channels."): Page => ({
  ...{ path, title, content, contextHeader: "Guide" },
});

/** A corpus in memory, and a server that has the model. */
async function scene(model: string, { provider = "ollama", contextTokens = 4096 } = {}) {
  const directory = temporaryDirectory();
  const options = { model, dimensions: DIMENSIONS, contextTokens };
  const server = await (provider === "ollama" ? startOllama(options) : startOpenAI(options));
  const store = new MemoryStore();
  let seen = 0;
  const embedder = (given: Partial<EmbedderSettings> = {}) =>
    createEmbedder({
      ...{ embeddingProvider: provider, embeddingModel: model, embeddingDimensions: DIMENSIONS, embedderKeys: {} },
      embedderValues: { ollama_host: server.url, openai_base_url: `${server.url}/v1` },
      ...given,
    });
  return {
    store,
    embedder,
    /** What was sent since the last time, apart from probes. */
    sent: () => {
      const texts = server.bodies.slice(seen).flatMap(textsOf);
      seen = server.bodies.length;
      return texts.filter((text) => text !== PROBE_TEXT);
    },
    ingest: (pages: readonly Page[], given: Partial<EmbedderSettings> = {}, how = {}) =>
      runIngestor({ a: pageParser(() => pages) }, { store, embedder: embedder(given), directory: directory.path }, how),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      directory[Symbol.dispose]();
    },
  };
}

function textsOf(body: StandIn["bodies"][number]): string[] {
  return typeof body === "object" && body !== null && "input" in body && Array.isArray(body.input) ? body.input : [];
}

describe("a server is sent questions and documents as its model wants them", () => {
  test.each([
    [
      "qwen3-embedding:0.6b",
      "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:who?",
      "Guide\n\nOn channels.",
    ],
    [GEMMA, "task: search result | query: who?", "title: Channels | text: Guide\n\nOn channels."],
    ["nomic-embed-text:v1.5", "search_query: who?", "search_document: Guide\n\nOn channels."],
    ["snowflake-arctic-embed2", "query: who?", "Guide\n\nOn channels."],
    ["mxbai-embed-large", "Represent this sentence for searching relevant passages: who?", "Guide\n\nOn channels."],
    ["jeffh/intfloat-multilingual-e5-large", "query: who?", "passage: Guide\n\nOn channels."],
    ["bge-m3", "who?", "Guide\n\nOn channels."],
    ["all-minilm", "who?", "Guide\n\nOn channels."],
    ["granite-embedding", "who?", "Guide\n\nOn channels."],
  ])("%s", async (model, question, document) => {
    await using corpus = await scene(model);
    await corpus.ingest([page("a.md", "Channels")]);
    expect(corpus.sent()).toEqual([document]);
    await corpus.embedder().embedQuery("who?");
    expect(corpus.sent()).toEqual([question]);
    expect([...(corpus.store.documents.get("a")?.values() ?? [])][0]?.write.document.content).toBe("On channels.");
  });

  test("of any server that speaks OpenAI's API", async () => {
    await using corpus = await scene("BAAI/bge-small-en-v1.5", { provider: "openai" });
    await corpus.ingest([page("a.md", "Channels")]);
    await corpus.embedder().embedQuery("who?");
    expect(corpus.sent()).toEqual([
      "Guide\n\nOn channels.",
      "Represent this sentence for searching relevant passages: who?",
    ]);
  });

  test("or as the settings say", async () => {
    await using corpus = await scene("nomic-embed-text");
    const given = { embeddingQueryPrefix: "Q: ", embeddingDocumentPrefix: "{title}\n" };
    await corpus.ingest([page("a.md", "Channels")], given);
    await corpus.embedder(given).embedQuery("who?");
    expect(corpus.sent()).toEqual(["Channels\nGuide\n\nOn channels.", "Q: who?"]);
  });

  test("each part of a text that is too long has the prefix", async () => {
    await using corpus = await scene(GEMMA, { contextTokens: 60 });
    const { result } = await corpus.ingest([page("a.md", "Channels", "On channels and records. ".repeat(12))]);
    expect(result).toMatchObject({ failedChunks: 0, chunksStored: 1 });
    const [whole = "", ...parts] = corpus.sent();
    expect(parts.length).toBeGreaterThan(1);
    for (const text of [whole, ...parts]) expect(text).toStartWith("title: Channels | text: Guide\n\nOn channels");
    for (const row of corpus.store.rows()) expect(row).not.toContain("title: ");
  });
});

describe("where the title is sent with a text", () => {
  test("equal texts are sent once for each title, in whatever order they come", async () => {
    const pages = [page("a.md", "One"), page("b.md", "Two"), page("c.md", "One"), page("d.md", "")];
    await using corpus = await scene(GEMMA);
    await corpus.ingest(pages);
    expect(corpus.sent().sort()).toEqual(
      ["One", "Two", "none"].map((title) => `title: ${title} | text: Guide\n\nOn channels.`),
    );
    await corpus.ingest(pages);
    expect(corpus.sent()).toEqual([]);
    await using other = await scene(GEMMA);
    for (const count of [1, 2, 3, 4]) await other.ingest(pages.toReversed().slice(0, count));
    expect(other.sent()).toHaveLength(3);
    expect(other.store.rows()).toEqual(corpus.store.rows());
  });

  test("a document that is called otherwise is embedded again, and one that moves is not", async () => {
    await using corpus = await scene(GEMMA);
    await corpus.ingest([page("a.md", "One")]);
    expect(corpus.sent()).toHaveLength(1);
    await corpus.ingest([page("b.md", "One")]);
    expect(corpus.sent()).toEqual([]);
    await corpus.ingest([page("b.md", "Two")]);
    expect(corpus.sent()).toEqual(["title: Two | text: Guide\n\nOn channels."]);
    await using fresh = await scene(GEMMA);
    await fresh.ingest([page("b.md", "Two")]);
    expect(corpus.store.rows()).toEqual(fresh.store.rows());
  });

  test("and elsewhere the title costs nothing", async () => {
    await using corpus = await scene("nomic-embed-text");
    await corpus.ingest([page("a.md", "One"), page("b.md", "Two")]);
    await corpus.ingest([page("a.md", "Three"), page("b.md", "Two")]);
    expect(corpus.sent()).toEqual(["search_document: Guide\n\nOn channels."]);
  });

  test("a text that failed under one title is tried under the other", async () => {
    await using corpus = await scene(GEMMA, { contextTokens: 40 });
    const long = "A title that is far too long for this model ".repeat(10).trim();
    const pages = [page("a.md", long), page("b.md", "Short")];
    const { result } = await corpus.ingest(pages);
    expect(result).toMatchObject({ failedChunks: 1, chunksStored: 1 });
    const again = await corpus.ingest(pages, {}, { retryFailed: true });
    expect(again.result).toMatchObject({ failedChunks: 1, chunksEmbedded: 0 });
  });
});
