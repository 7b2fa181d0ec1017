import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Flags } from "../../src/config/flags.ts";
import { loadSettings, resolveWorkers } from "../../src/config/settings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { usageErrorOf } from "./usage-error-of.ts";

type Given = { readonly flags?: Flags; readonly env?: Record<string, string>; readonly toml?: string | Uint8Array };

function load({ flags = {}, env = {}, toml }: Given = {}) {
  using directory = temporaryDirectory();
  if (toml !== undefined) writeFileSync(join(directory.path, "config.toml"), toml);
  return loadSettings({ flags, env, cwd: directory.path });
}

const errorOf = (given: Given) => usageErrorOf(() => load(given));

describe("where a value comes from", () => {
  test("state_dir is relative to the working directory, and ingest_failure_log to state_dir", () => {
    using directory = temporaryDirectory();
    const env = { BBJ_RAG_STATE_DIR: "from-env", BBJ_RAG_INGEST_FAILURE_LOG: "failed.jsonl" };
    const paths = (given: Given) => {
      const { stateDirectory, failureLogPath } = loadSettings({
        flags: {},
        env,
        ...given,
        cwd: directory.path,
      }).settings;
      return [stateDirectory, failureLogPath];
    };
    const inEnv = join(directory.path, "from-env");
    expect(paths({})).toEqual([inEnv, join(inEnv, "failed.jsonl")]);
    expect(paths({ flags: { stateDir: "/state" } })).toEqual(["/state", "/state/failed.jsonl"]);
    expect(paths({ env: { BBJ_RAG_STATE_DIR: "s", BBJ_RAG_INGEST_FAILURE_LOG: "/var/failed" } })[1]).toBe(
      "/var/failed",
    );
  });

  test("without flags, environment and config.toml the defaults of the design hold", () => {
    const { settings, origins, warnings } = load();
    const { stateDirectory, failureLogPath } = settings;
    expect(failureLogPath).toBe(join(stateDirectory, ".ingestion-failures.json"));
    expect(settings).toEqual({
      ...{ state_dir: ".", stateDirectory, failureLogPath },
      database_url: undefined,
      db_host: "localhost",
      db_port: 5432,
      db_user: "postgres",
      db_password: "postgres",
      db_name: "bbj_rag",
      embedding_provider: "ollama",
      embedding_model: "qwen3-embedding:0.6b",
      embedding_dimensions: 1024,
      embedding_batch_size: 64,
      chunk_size: 400,
      chunk_overlap: 50,
      file_size_max: 50,
      fileSizeBytesMax: 50 * 1024 * 1024,
      ingest_workers: 4,
      ingest_max_workers: 8,
      ingest_batch_retries: 3,
      ingest_failure_log: ".ingestion-failures.json",
      ingest_rebuild_hours: 24,
      shadowMsMax: 86_400_000,
      ingest_outage_wait: 300,
      outageWaitMs: 300_000,
      embedder: {
        embeddingProvider: "ollama",
        embeddingModel: "qwen3-embedding:0.6b",
        embeddingDimensions: 1024,
        embedderValues: { ollama_host: "http://localhost:11434", openai_base_url: "https://api.openai.com/v1" },
        embedderKeys: { OPENAI_API_KEY: undefined },
      },
      parserValues: {
        pdf_timeout: 60,
        advantage_index_url: "https://basis.cloud/advantage-index/",
        kb_index_url: "https://basis.cloud/knowledge-base/",
        crawl_base_url: "https://documentation.basis.cloud/BASISHelp/WebHelp/",
      },
    });
    expect(warnings).toEqual([]);
    expect([...origins.values()].every(({ name }) => name === "default")).toBe(true);
  });

  test("a flag beats the environment, which beats config.toml, which beats the default", () => {
    const toml = 'embedding_model = "from-file"';
    const env = { BBJ_RAG_EMBEDDING_MODEL: "from-environment" };
    const flags = { model: "from-flag" };
    const cases = [
      [{ toml, env, flags }, "from-flag", "--model"],
      [{ toml, env }, "from-environment", "BBJ_RAG_EMBEDDING_MODEL"],
      [{ toml }, "from-file", "embedding_model in config.toml"],
      [{}, "qwen3-embedding:0.6b", "default"],
    ] as const;
    for (const [given, model, name] of cases) {
      const { settings, origins } = load(given);
      expect(settings.embedding_model).toBe(model);
      expect(origins.get("embedding_model")).toMatchObject({ name, shown: model });
    }
  });

  test("an embedder whose vectors have one length needs no embedding_dimensions", () => {
    const { settings, origins } = load({ flags: { embedder: "builtin" } });
    expect(settings.embedding_dimensions).toBe(384);
    expect(settings.embedder.embeddingDimensions).toBe(384);
    expect(origins.get("embedding_dimensions")).toEqual({ name: "builtin", shown: "384" });
    expect(load({ toml: 'embedding_provider = "lexical"' }).settings.embedding_dimensions).toBe(1024);
  });

  test("the flags that set settings set them", () => {
    const flags = {
      embedder: "openai",
      model: "m",
      dimensions: 256,
      settings: { ollama_host: "a,b:1" },
      databaseUrl: "pglite:x",
      workers: 2,
    };
    expect(load({ flags }).settings).toMatchObject({
      embedding_provider: "openai",
      embedding_model: "m",
      embedding_dimensions: 256,
      embedder: {
        embeddingProvider: "openai",
        embeddingModel: "m",
        embeddingDimensions: 256,
        embedderValues: { ollama_host: "a,b:1" },
      },
      database_url: "pglite:x",
      ingest_workers: 2,
    });
  });

  test("numbers of the environment are read, and texts that look like numbers stay texts", () => {
    const env = { BBJ_RAG_DB_PORT: "5433", BBJ_RAG_EMBEDDING_MODEL: "7", BBJ_RAG_DB_PASSWORD: "0123" };
    expect(load({ env }).settings).toMatchObject({ db_port: 5433, embedding_model: "7", db_password: "0123" });
  });

  test("prefixes are meant for the model of a server: an embedder with a model of its own has none, and that is said", () => {
    const toml = 'embedding_query_prefix = "query: "\nembedding_document_prefix = ""';
    for (const embedder of ["builtin", "lexical"]) {
      const { settings, warnings, origins } = load({ toml, flags: { embedder } });
      expect(settings.embedder).toMatchObject({ embeddingQueryPrefix: undefined, embeddingDocumentPrefix: undefined });
      expect(warnings).toEqual([
        `embedding_query_prefix in config.toml has no effect: the model of ${embedder} wants nothing before its texts`,
      ]);
      expect(origins.get("embedding_query_prefix")).toEqual({ name: embedder, shown: '""' });
    }
  });

  test("white space is part of a prefix, and an empty one is a prefix, in a variable too", () => {
    const prefixesOf = (given: Parameters<typeof load>[0]) => {
      const { embeddingQueryPrefix: query, embeddingDocumentPrefix: document } = load(given).settings.embedder;
      return { query, document };
    };
    expect(prefixesOf({})).toEqual({ query: undefined, document: undefined });
    const toml = 'embedding_query_prefix = "Instruct: find\\nQuery: "\nembedding_document_prefix = ""';
    expect(prefixesOf({ toml })).toEqual({ query: "Instruct: find\nQuery: ", document: "" });
    const env = { BBJ_RAG_EMBEDDING_QUERY_PREFIX: "", BBJ_RAG_EMBEDDING_DOCUMENT_PREFIX: " passage: \n" };
    expect(prefixesOf({ toml, env })).toEqual({ query: "", document: " passage: \n" });
    const { origins } = load({ env });
    expect(origins.get("embedding_document_prefix")?.shown).toBe('" passage: \\n"');
    expect(origins.get("embedding_query_prefix")?.shown).toBe('""');
    const { message } = errorOf({
      toml: "embedding_query_prefix = 7",
      env: { BBJ_RAG_EMBEDDING_DOCUMENT_PREFIX: "x".repeat(501) },
    });
    expect(message).toContain("embedding_query_prefix must be a text of 500 characters or less, not 7");
    expect(message).toContain("embedding_document_prefix must be a text of 500 characters or less");
  });

  test("seconds and megabytes become milliseconds and bytes", () => {
    const toml = "pdf_timeout = 1.5\ningest_outage_wait = 0\nfile_size_max = 2";
    expect(load({ toml }).settings).toMatchObject({
      parserValues: { pdf_timeout: 1.5 },
      outageWaitMs: 0,
      fileSizeBytesMax: 2 * 1024 * 1024,
    });
  });

  test("an empty environment variable counts as unset", () => {
    const env = { BBJ_RAG_DB_PORT: "", BBJ_RAG_EMBEDDING_MODEL: " ", OPENAI_API_KEY: "", OLLAMA_HOST: "" };
    const { settings } = load({ env, toml: 'embedding_model = "m"' });
    expect(settings).toMatchObject({ db_port: 5432, embedding_model: "m" });
    expect(settings.embedder.embedderKeys).toEqual({ OPENAI_API_KEY: undefined });
    expect(settings.embedder.embedderValues).toMatchObject({ ollama_host: "http://localhost:11434" });
  });

  test("OLLAMA_HOST and OPENAI_BASE_URL count after config.toml", () => {
    const env = { OLLAMA_HOST: "gpu", OPENAI_BASE_URL: "http://llama:8080/v1/" };
    const fallback = load({ env });
    expect(fallback.settings.embedder).toMatchObject({
      embedderValues: { ollama_host: "gpu", openai_base_url: "http://llama:8080/v1/" },
    });
    expect(fallback.origins.get("ollama_host")?.name).toBe("OLLAMA_HOST");
    const toml = 'ollama_host = "http://h"\nopenai_base_url = "https://o/v1"';
    const embedderValues = { ollama_host: "http://h", openai_base_url: "https://o/v1" };
    expect(load({ env, toml }).settings.embedder).toMatchObject({ embedderValues });
  });

  test("the key comes from OPENAI_API_KEY and from nowhere else", () => {
    expect(load({ env: { OPENAI_API_KEY: "sk-1" } }).settings.embedder.embedderKeys).toEqual({
      OPENAI_API_KEY: "sk-1",
    });
    const other = load({ env: { BBJ_RAG_OPENAI_API_KEY: "sk-2" }, toml: 'openai_api_key = "sk-3"' });
    expect(other.settings.embedder.embedderKeys).toEqual({ OPENAI_API_KEY: undefined });
    expect(other.warnings.join()).not.toContain("sk-");
  });

  test("an Ollama host with a bad port warns, as Ollama does", () => {
    const { settings, warnings } = load({ env: { OLLAMA_HOST: "gpu:99999" } });
    expect(settings.embedder.embedderValues).toMatchObject({ ollama_host: "gpu:99999" });
    expect(warnings).toEqual([expect.stringContaining('ollama_host: port "99999"')]);
  });

  test("passwords are not among the values that may be shown", () => {
    const env = { BBJ_RAG_DB_PASSWORD: "hunter2", BBJ_RAG_DATABASE_URL: "postgres://u:hunter2@h/d" };
    const { origins } = load({ env, flags: { settings: { ollama_host: "http://u:hunter2@gpu" } } });
    expect(JSON.stringify([...origins])).not.toContain("hunter2");
    expect(origins.get("ollama_host")?.shown).toBe("http://u:***@gpu");
  });

  test("the folder of an embedded database is no secret", () => {
    const { origins } = load({ env: { BBJ_RAG_DATABASE_URL: "pglite:.bbj-rag" } });
    expect(origins.get("database_url")?.shown).toBe("pglite:.bbj-rag");
  });
});

describe("what is wrong", () => {
  test.each<[string, Given, string]>([
    [
      "a text for a number",
      { env: { BBJ_RAG_CHUNK_SIZE: "abc" } },
      'chunk_size must be an integer from 50 to 8192, not "abc" (BBJ_RAG_CHUNK_SIZE)',
    ],
    [
      "a fraction",
      { env: { BBJ_RAG_DB_PORT: "1.5" } },
      "db_port must be an integer from 1 to 65535, not 1.5 (BBJ_RAG_DB_PORT)",
    ],
    [
      "a number in quotes",
      { toml: 'db_port = "5433"' },
      'db_port must be an integer from 1 to 65535, not "5433" (db_port in config.toml)',
    ],
    [
      "a port too high",
      { toml: "db_port = 65536" },
      "db_port must be an integer from 1 to 65535, not 65536 (db_port in config.toml)",
    ],
    [
      "more dimensions than pgvector has",
      { flags: { dimensions: 16_001 } },
      "embedding_dimensions must be an integer from 1 to 16000, not 16001 (--dimensions)",
    ],
    [
      "a batch too large",
      { env: { BBJ_RAG_EMBEDDING_BATCH_SIZE: "2049" } },
      "embedding_batch_size must be an integer from 1 to 2048, not 2049 (BBJ_RAG_EMBEDDING_BATCH_SIZE)",
    ],
    [
      "negative retries",
      { env: { BBJ_RAG_INGEST_BATCH_RETRIES: "-1" } },
      "ingest_batch_retries must be an integer from 0 to 100, not -1 (BBJ_RAG_INGEST_BATCH_RETRIES)",
    ],
    [
      "no workers",
      { toml: "ingest_workers = 0" },
      "ingest_workers must be an integer of 1 or more, not 0 (ingest_workers in config.toml)",
    ],
    [
      "an unknown provider",
      { flags: { embedder: "olama" } },
      'embedding_provider must be one of ollama, openai, builtin, lexical, not "olama"; did you mean "ollama"? (--embedder)',
    ],
    [
      "an empty text",
      { toml: 'embedding_model = ""' },
      'embedding_model must be a text that is not empty, not "" (embedding_model in config.toml)',
    ],
    [
      "no web address",
      { toml: 'kb_index_url = "ftp://x"' },
      'kb_index_url must be a URL that starts with http:// or https://, not "ftp://x" (kb_index_url in config.toml)',
    ],
    [
      "a database whose name a URL would drop",
      { env: { BBJ_RAG_DB_NAME: "." } },
      'db_name must be a name that a URL can hold, so not . or .., not "." (BBJ_RAG_DB_NAME)',
    ],
    [
      "an overlap of half a chunk",
      { toml: "chunk_overlap = 200" },
      "chunk_overlap must be less than half of chunk_size (400), not 200 (chunk_overlap in config.toml)",
    ],
    [
      "a chunk too small for the default overlap",
      { toml: "chunk_size = 100" },
      "chunk_overlap must be less than half of chunk_size (100), not 50 (default)",
    ],
    [
      "infinity",
      { toml: "pdf_timeout = inf" },
      "pdf_timeout must be a number from 0.1 to 86400, not Infinity (pdf_timeout in config.toml)",
    ],
  ])("%s is refused", (_, given, message) => {
    expect(errorOf(given).message).toBe(message);
  });

  test.each([["ftp://gpu"], ["bad host"], ["http://["]])("an Ollama host %p is refused", (host) => {
    expect(errorOf({ flags: { settings: { ollama_host: host } } }).message).toContain(
      "ollama_host must be one or more hosts",
    );
  });

  test("all wrong values are named together, those that contradict each other included", () => {
    const env = { BBJ_RAG_DB_PORT: "0", BBJ_RAG_CHUNK_SIZE: "90" };
    const { message } = errorOf({ env, flags: { embedder: "x" }, toml: "embedding_dimensions = true" });
    expect(message.split("\n").map((line) => line.split(" must ")[0])).toEqual([
      "settings: 4 problems",
      "  db_port",
      "  embedding_provider",
      "  embedding_dimensions",
      "  chunk_overlap",
    ]);
  });

  test("names that no setting has are named with them, for they may be why", () => {
    const env = { BBJ_RAG_EMBEDDING_PROVIDER: "x", BBJ_RAG_EMBEDING_MODEL: "y" };
    const { message } = errorOf({ env, toml: "chunk_sise = 300" });
    expect(message).toContain("embedding_provider must be");
    expect(message).toContain('unknown variable "BBJ_RAG_EMBEDING_MODEL"; did you mean "BBJ_RAG_EMBEDDING_MODEL"?');
    expect(message).toContain('unknown key "chunk_sise"; did you mean "chunk_size"?');
  });

  test("a secret that is wrong is not repeated", () => {
    const { message } = errorOf({ toml: "db_password = 4711\ndatabase_url = 4712" });
    expect(message).toContain("db_password must be a text (db_password in config.toml)");
    expect(message).not.toMatch(/471/);
  });

  test("a length of vectors that the one model of an embedder does not have", () => {
    const error = errorOf({ flags: { embedder: "builtin", dimensions: 512 } });
    expect(error.message).toBe("--dimensions 512: builtin has vectors of 384 numbers only");
    expect(load({ flags: { embedder: "builtin", dimensions: 384 } }).settings.embedding_dimensions).toBe(384);
  });

  test("a model and a length that the environment or the file has are not those of an embedder with a model of its own", () => {
    const env = { BBJ_RAG_EMBEDDING_MODEL: "nomic-embed-text", BBJ_RAG_EMBEDDING_DIMENSIONS: "1024" };
    const { settings, origins, warnings } = load({ flags: { embedder: "builtin" }, env });
    expect(settings.embedder).toMatchObject({ embeddingModel: "all-MiniLM-L6-v2-int8", embeddingDimensions: 384 });
    expect(origins.get("embedding_model")).toEqual({ name: "builtin", shown: "all-MiniLM-L6-v2-int8" });
    expect(origins.get("embedding_dimensions")).toEqual({ name: "builtin", shown: "384" });
    expect(warnings).toEqual(["BBJ_RAG_EMBEDDING_DIMENSIONS has no effect: builtin has vectors of 384 numbers only"]);
    const toml = 'embedding_provider = "builtin"\nembedding_dimensions = 16';
    const file = load({ toml });
    expect(file.settings.embedding_dimensions).toBe(384);
    expect(file.warnings[0]).toStartWith("embedding_dimensions in config.toml has no effect");
    for (const same of [{}, { BBJ_RAG_EMBEDDING_DIMENSIONS: "384" }])
      expect(load({ flags: { embedder: "builtin" }, env: same }).warnings).toEqual([]);
  });

  test("a value that does not count is not checked", () => {
    expect(load({ flags: { dimensions: 10 }, toml: "embedding_dimensions = 0" }).settings.embedding_dimensions).toBe(
      10,
    );
  });
});

describe("config.toml", () => {
  test("unknown keys warn, with the nearest key", () => {
    const { warnings } = load({ toml: "chunk_sise = 500\n[database]\nport = 1" });
    expect(warnings).toEqual([
      'config.toml: unknown key "chunk_sise"; did you mean "chunk_size"?',
      expect.stringContaining('config.toml: unknown key "database"'),
    ]);
  });

  test("a syntax error names line and column, and does not quote the file", () => {
    const { message } = errorOf({ toml: 'chunk_size = 400\ndb_password = "hunter2\n' });
    expect(message).toMatch(/^config\.toml:2:\d+: not valid TOML: /);
    expect(message).not.toContain("hunter2");
  });

  test("a byte order mark is no error, another encoding is", () => {
    expect(load({ toml: "\uFEFFchunk_size = 401" }).settings.chunk_size).toBe(401);
    expect(errorOf({ toml: new Uint8Array([0xff, 0xfe, 0x61, 0]) }).message).toBe("config.toml is not UTF-8 text");
  });

  test.each([
    ["leads nowhere", "nowhere.toml", "it is a link that leads nowhere"],
    ["leads in a circle", "config.toml", "links that lead in a circle (ELOOP)"],
  ])("a config.toml that %s is an error, not a run without settings", (_, target, reason) => {
    using directory = temporaryDirectory();
    symlinkSync(target, join(directory.path, "config.toml"));
    const error = usageErrorOf(() => loadSettings({ env: {}, cwd: directory.path }));
    expect(error.message).toBe(`config.toml cannot be read: ${reason}`);
  });

  test("a config.toml that cannot be read is an error", () => {
    using directory = temporaryDirectory();
    mkdirSync(join(directory.path, "config.toml"));
    const error = usageErrorOf(() => loadSettings({ env: {}, cwd: directory.path }));
    expect(error.message).toBe("config.toml cannot be read: it is a directory (EISDIR)");
  });
});

describe("the number of workers", () => {
  const settings = { ingest_workers: 4, ingest_max_workers: 8 };

  test("is ingest_workers, or --workers, or one with --sequential", () => {
    expect(resolveWorkers(settings, {})).toEqual({ workers: 4 });
    expect(resolveWorkers(settings, { workers: 8 })).toEqual({ workers: 8 });
    expect(resolveWorkers(settings, { sequential: true })).toEqual({ workers: 1 });
  });

  test("is capped with a warning", () => {
    expect(resolveWorkers(settings, { workers: 1_000 })).toEqual({
      workers: 8,
      warning: "--workers 1000 is more than ingest_max_workers: 8 workers run",
    });
    expect(resolveWorkers({ ingest_workers: 4, ingest_max_workers: 2 }, {})).toMatchObject({
      workers: 2,
      warning: expect.stringContaining("ingest_workers 4"),
    });
  });

  test("of a flag reaches the cap whatever the limits of the setting are", () => {
    const flags = { workers: 1_000_000 };
    expect(resolveWorkers(load({ flags }).settings, flags).workers).toBe(8);
  });
});
