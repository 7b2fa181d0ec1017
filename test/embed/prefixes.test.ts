import { describe, expect, test } from "bun:test";
import { documentText, prefixesOf } from "../../src/embed/prefixes.ts";

const QWEN = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:";
const PASSAGES = "Represent this sentence for searching relevant passages: ";
const GEMMA = { query: "task: search result | query: ", document: "title: {title} | text: " };
const NOMIC = { query: "search_query: ", document: "search_document: " };
const E5 = { query: "query: ", document: "passage: " };
const NONE = { query: "", document: "" };
const ofQueries = (query: string) => ({ query, document: "" });

describe("the prefixes of a model", () => {
  test.each([
    ["qwen3-embedding:0.6b", ofQueries(QWEN)],
    ["qwen3-embedding", ofQueries(QWEN)],
    ["dengcao/Qwen3-Embedding-8B:Q5_K_M", ofQueries(QWEN)],
    ["Qwen/Qwen3-Embedding-0.6B", ofQueries(QWEN)],
    ["Qwen3-Embedding-0.6B-Q8_0.gguf", ofQueries(QWEN)],
    ["text-embedding-qwen3-embedding-4b", ofQueries(QWEN)],
    ["embeddinggemma", GEMMA],
    ["embeddinggemma:300m", GEMMA],
    ["google/embeddinggemma-300m", GEMMA],
    ["hf.co/unsloth/embeddinggemma-300m-GGUF:Q8_0", GEMMA],
    ["nomic-embed-text", NOMIC],
    ["nomic-embed-text:latest", NOMIC],
    ["library/nomic-embed-text:v1.5", NOMIC],
    ["someone/nomic-embed-text", NOMIC],
    ["hf.co/nomic-ai/nomic-embed-text-v1.5-GGUF", NOMIC],
    ["nomic-embed-text-v2-moe", NOMIC],
    ["text-embedding-nomic-embed-text-v1.5@q8_0", NOMIC],
    ["/models/nomic-embed-text-v1.5.f16.gguf", NOMIC],
    ["NOMIC-AI/Nomic-Embed-Text-V1", NOMIC],
    ["nomic-ai/modernbert-embed-base", NOMIC],
    ["nomic-ai/CodeRankEmbed", ofQueries("Represent this query for searching relevant code: ")],
    ["snowflake-arctic-embed2", ofQueries("query: ")],
    ["snowflake-arctic-embed2:568m-l-fp16", ofQueries("query: ")],
    ["Snowflake/snowflake-arctic-embed-l-v2.0", ofQueries("query: ")],
    ["Snowflake/snowflake-arctic-embed-m-v2.0", ofQueries("query: ")],
    ["ai/snowflake-arctic-embed-l-v2-vllm", ofQueries("query: ")],
    ["snowflake-arctic-embed", ofQueries(PASSAGES)],
    ["snowflake-arctic-embed:22m", ofQueries(PASSAGES)],
    ["Snowflake/snowflake-arctic-embed-m-v1.5", ofQueries(PASSAGES)],
    ["snowflake-arctic-embed-m-long-Q2_K.gguf", ofQueries(PASSAGES)],
    ["mxbai-embed-large", ofQueries(PASSAGES)],
    ["mxbai-embed-large:335m-v1-fp16", ofQueries(PASSAGES)],
    ["mixedbread-ai/mxbai-embed-large-v1", ofQueries(PASSAGES)],
    ["BAAI/bge-small-en-v1.5", ofQueries(PASSAGES)],
    ["bge-small-en-v1.5-int8", ofQueries(PASSAGES)],
    ["bge-base-en", ofQueries(PASSAGES)],
    ["bge-large:335m", ofQueries(PASSAGES)],
    ["@cf/baai/bge-large-en-v1.5", ofQueries(PASSAGES)],
    ["znbang/bge:small-en-v1.5-f16", ofQueries(PASSAGES)],
    ["BAAI/bge-large-zh-v1.5", ofQueries("为这个句子生成表示以用于检索相关文章：")],
    ["intfloat/multilingual-e5-large", E5],
    ["multilingual-e5-small", E5],
    ["jeffh/intfloat-multilingual-e5-base:f16", E5],
    ["intfloat/e5-small-v2", E5],
    ["e5-large", E5],
    [
      "intfloat/multilingual-e5-large-instruct",
      ofQueries("Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "),
    ],
    ["bge-m3", NONE],
    ["BAAI/bge-m3", NONE],
    ["bge-reranker-base", NONE],
    ["BAAI/bge-en-icl", NONE],
    ["all-minilm", NONE],
    ["all-minilm:l6-v2", NONE],
    ["sentence-transformers/all-MiniLM-L6-v2", NONE],
    ["granite-embedding:278m", NONE],
    ["nomic-embed-vision-v1.5", NONE],
    ["made5-large", NONE],
    ["text-embedding-3-small", NONE],
    ["jina-embeddings-v3", NONE],
    ["gte-large", NONE],
    ["feature-hashing-v1", NONE],
    ["", NONE],
  ])("%s", (model, expected) => {
    expect(prefixesOf(model)).toEqual(expected);
  });

  test("are those that somebody has set, also when he wants none", () => {
    expect(prefixesOf("nomic-embed-text", { query: "q: ", document: "d: " })).toEqual({
      query: "q: ",
      document: "d: ",
    });
    expect(prefixesOf("nomic-embed-text", { query: "" })).toEqual({ query: "", document: NOMIC.document });
    expect(prefixesOf("qwen3-embedding", { query: "" })).toEqual(NONE);
    expect(prefixesOf("bge-m3", { document: "d: " })).toEqual({ query: "", document: "d: " });
  });

  test("of questions are none where documents have none that they should have", () => {
    expect(prefixesOf("nomic-embed-text", { document: "" })).toEqual(NONE);
    expect(prefixesOf("embeddinggemma", { document: "title: none | text: " }).query).toBe(GEMMA.query);
    expect(prefixesOf("nomic-embed-text", { document: "", query: "q: " })).toEqual(ofQueries("q: "));
    expect(prefixesOf("qwen3-embedding", { document: "" })).toEqual(ofQueries(QWEN));
  });
});

test("a document's title stands in its prefix as it is, or none", () => {
  const content = "Guide > Lists\n\nSorting.";
  expect(documentText("title: {title} | text: ", { title: "Lists", content })).toBe(`title: Lists | text: ${content}`);
  expect(documentText("title: {title} | text: ", { title: "", content })).toBe(`title: none | text: ${content}`);
  expect(documentText("title: {title} | text: ", { title: "$& {title}", content })).toBe(
    `title: $& {title} | text: ${content}`,
  );
  expect(documentText("passage: ", { title: "Lists", content })).toBe(`passage: ${content}`);
  expect(documentText("", { title: "Lists", content })).toBe(content);
});
