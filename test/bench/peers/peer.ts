/** Another tool that turns a folder of Markdown into vectors, measured beside ours. */
export type Peer = {
  readonly name: string;
  /** Of the folder of this file; it runs beside what is installed, so that it finds it. */
  readonly script: string;
  readonly runtime: "node" | "python";
  /** As `npm install` and `pip install` take them. */
  readonly packages: readonly string[];
  /** Loads everything into an empty database. */
  readonly fresh: readonly string[];
  /** The same with a record of what is there, and again with what differs. The first is `fresh` where a tool has one way. */
  readonly synced: readonly [first: readonly string[], again: readonly string[]];
  /** Where its rows end up. */
  readonly table: string;
  /** What is to be known beside its figures. */
  readonly note: string;
  /** A fresh load of ours is at least as fast, in wall and in processor time. */
  readonly isLimit?: true;
};

export const PEERS: readonly Peer[] = [
  {
    name: "LangChain.js",
    script: "langchain.mjs",
    runtime: "node",
    packages: [
      "@langchain/core@1.4.0",
      "@langchain/community@1.1.29",
      "@langchain/ollama@1.3.0",
      "@langchain/textsplitters@1.0.2",
      "pg@8.23.1",
    ],
    fresh: ["load"],
    synced: [["sync"], ["sync"]],
    table: "peer",
    note: "fresh without its indexing API, unchanged and edited with it",
    isLimit: true,
  },
  {
    name: "LangChain",
    script: "langchain.py",
    runtime: "python",
    packages: [
      "langchain-core==1.8.3",
      "langchain-classic==1.0.8",
      "langchain-ollama==1.1.0",
      "langchain-postgres==0.0.19",
      "langchain-text-splitters==1.1.3",
      "psycopg[binary]==3.3.9",
    ],
    fresh: ["load"],
    synced: [["sync"], ["sync", "again"]],
    table: "peer",
    note: "fresh without its indexing API, unchanged and edited with it",
  },
  {
    name: "LlamaIndex",
    script: "llamaindex.py",
    runtime: "python",
    packages: [
      "llama-index-core==0.14.25",
      "llama-index-embeddings-ollama==0.10.0",
      "llama-index-readers-file==0.7.0",
      "llama-index-vector-stores-postgres==0.9.0",
    ],
    ...sameWay(),
    table: "data_peer",
    note: "makes its HNSW index before it loads",
  },
  {
    name: "CocoIndex",
    script: "cocoindex-app.py",
    runtime: "python",
    packages: ["cocoindex==1.0.26", "asyncpg==0.32.0", "ollama==0.6.3", "pgvector==0.5.1"],
    ...sameWay(),
    table: "peer",
    note: "makes its HNSW index before it loads",
  },
  {
    name: "pgai",
    script: "pgai-worker.py",
    runtime: "python",
    // Instead of its extra `vectorizer-worker`, which brings 6 GB for PDFs and for models of others.
    packages: [
      "pgai==0.12.1",
      "filetype==1.2.0",
      "ijson==3.6.0",
      "langchain-text-splitters==0.3.11",
      "numpy==2.4.6",
      "ollama==0.5.4",
      "openai==1.109.1",
      "pgvector==0.5.1",
      "smart-open==7.1.0",
      "tiktoken==0.14.0",
      "tokenizers==0.23.3",
    ],
    ...sameWay(),
    table: "peer",
    note: "files go into a table first; its HNSW index is made after the load",
  },
];

function sameWay(): Pick<Peer, "fresh" | "synced"> {
  return { fresh: [], synced: [[], []] };
}

/** What cannot be measured like the others. */
export const NOT_MEASURED: readonly { readonly name: string; readonly why: string }[] = [
  {
    name: "haiku.rag",
    why: "it keeps its rows in LanceDB instead of PostgreSQL, reads Markdown by docling (5 GB with torch), and takes a tokenizer from a model hub as it runs",
  },
];
