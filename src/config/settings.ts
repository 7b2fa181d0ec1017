/** Everything a run can be told, once flags, environment, config.toml and defaults are merged. */
export type Settings = {
  readonly databaseUrl: string | undefined;
  readonly dbHost: string | undefined;
  readonly dbPort: number | undefined;
  readonly dbUser: string | undefined;
  readonly dbPassword: string | undefined;
  readonly dbName: string | undefined;
  readonly embeddingProvider: "ollama" | "openai" | "builtin";
  readonly embeddingModel: string;
  readonly embeddingDimensions: number;
  readonly embeddingBatchSize: number;
  /** Tokens. */
  readonly chunkSize: number;
  /** Tokens. */
  readonly chunkOverlap: number;
  readonly pdfTimeoutMs: number;
  readonly fileSizeBytesMax: number;
  readonly ingestWorkers: number;
  readonly ingestMaxWorkers: number;
  /** Retries after the first try. */
  readonly ingestBatchRetries: number;
  /** Path, relative to the working directory. */
  readonly ingestFailureLog: string;
  readonly ingestOutageWaitMs: number;
  /** One or more base URLs without a trailing slash. */
  readonly ollamaHosts: readonly string[];
  readonly openaiBaseUrl: string;
  readonly openaiApiKey: string | undefined;
  readonly advantageIndexUrl: string;
  readonly kbIndexUrl: string;
  readonly crawlBaseUrl: string;
};
