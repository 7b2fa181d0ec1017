// LangChain.js: node langchain.mjs load | sync
//   load   everything, as its guide to PGVectorStore has it
//   sync   what differs, by its indexing API and a record manager
// https://docs.langchain.com/oss/javascript/integrations/vectorstores/pgvector
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PostgresRecordManager } from "@langchain/community/indexes/postgres";
import { PGVectorStore } from "@langchain/community/vectorstores/pgvector";
import { Document } from "@langchain/core/documents";
import { index } from "@langchain/core/indexing";
import { OllamaEmbeddings } from "@langchain/ollama";
import { MarkdownTextSplitter } from "@langchain/textsplitters";

const { PEER_DOCS, PEER_DATABASE_URL, PEER_OLLAMA_URL, PEER_DIMENSIONS, PEER_CHUNK_CHARACTERS } = process.env;
const isSync = process.argv[2] === "sync";
const postgresConnectionOptions = { connectionString: PEER_DATABASE_URL };
/** Texts in one request and one INSERT: `embedDocuments` sends all that it is given at once. */
const BATCH = 64;

const documents = readdirSync(PEER_DOCS, { recursive: true })
  .filter((name) => /\.mdx?$/.test(name))
  .map(
    (name) => new Document({ pageContent: readFileSync(join(PEER_DOCS, name), "utf8"), metadata: { source: name } }),
  );
const splitter = new MarkdownTextSplitter({ chunkSize: Number(PEER_CHUNK_CHARACTERS), chunkOverlap: 0 });
const chunks = await splitter.splitDocuments(documents);
const store = await PGVectorStore.initialize(new OllamaEmbeddings({ model: "m", baseUrl: PEER_OLLAMA_URL }), {
  postgresConnectionOptions,
  tableName: "peer",
  dimensions: Number(PEER_DIMENSIONS),
});
if (isSync) {
  const recordManager = new PostgresRecordManager("docs", { postgresConnectionOptions });
  await recordManager.createSchema();
  await index({
    docsSource: chunks,
    recordManager,
    vectorStore: store,
    options: { cleanup: "full", sourceIdKey: "source", batchSize: BATCH },
  });
  await recordManager.end();
} else {
  for (let at = 0; at < chunks.length; at += BATCH) await store.addDocuments(chunks.slice(at, at + BATCH));
  await store.createHnswIndex({ dimensions: Number(PEER_DIMENSIONS) });
}
await store.end();
