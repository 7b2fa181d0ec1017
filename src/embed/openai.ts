import type { Settings } from "../config/settings.ts";
import { IngestError } from "../flow/errors.ts";
import type { Embedder } from "./embedder.ts";
import { asFatal, EmbeddingServer, PROBE_TEXT, type Protocol, type ServerLimits } from "./embedding-server.ts";
import { badAnswer } from "./verify.ts";

/** Where a key is not optional. */
const OPENAI_HOST = "api.openai.com";

/**
 * Embeds with any server that speaks OpenAI's `/v1/embeddings`: OpenAI, llama.cpp, vLLM, text-embeddings-inference,
 * LM Studio. The base URL includes the `/v1`, as that of OpenAI's own clients does.
 */
export class OpenAIEmbedder implements Embedder {
  readonly provider = "openai";
  readonly model: string;
  readonly dimensions: number;
  readonly #server: EmbeddingServer;
  readonly #keyMissing: boolean;

  constructor(
    settings: Pick<Settings, "openaiBaseUrl" | "openaiApiKey" | "embeddingModel" | "embeddingDimensions">,
    limits?: Partial<ServerLimits>,
  ) {
    const { openaiApiKey: key, embeddingModel: model, embeddingDimensions: dimensions } = settings;
    this.model = model;
    this.dimensions = dimensions;
    const baseUrl = settings.openaiBaseUrl.replace(/\/+$/, "");
    this.#keyMissing = !key && URL.parse(baseUrl)?.hostname === OPENAI_HOST;
    this.#server = new EmbeddingServer(baseUrl, { protocol: openaiProtocol(model, key), model, dimensions, limits });
  }

  async probe(signal?: AbortSignal): Promise<void> {
    try {
      await this.embedBatch([PROBE_TEXT], signal);
    } catch (error) {
      throw error instanceof IngestError ? asFatal(error) : error;
    }
  }

  async embedBatch(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    if (this.#keyMissing) throw missingKey();
    return texts.length === 0 ? [] : this.#server.embed(texts, signal);
  }
}

function openaiProtocol(model: string, key: string | undefined): Protocol {
  return {
    provider: "openai",
    path: "/embeddings",
    headers: key ? { authorization: `Bearer ${key}` } : {},
    secrets: key ? [key] : [],
    request: (texts, dimensions) => ({ model, input: texts, encoding_format: "float", dimensions }),
    vectors: inOrder,
    hints: (label) => ({
      unreachable: "is the server running? its address is openai_base_url (BBJ_RAG_OPENAI_BASE_URL, OPENAI_BASE_URL)",
      modelMissing: `the models it has are listed at ${label}/models; choose one with --model`,
      unauthorized: "the key comes from OPENAI_API_KEY",
      notAnEmbedder: "openai_base_url includes the /v1, e.g. http://localhost:8080/v1",
    }),
  };
}

/** `data` sorted by `index`: servers may answer in any order, but each index exactly once. */
function inOrder(answer: unknown, label: string): unknown {
  const data: unknown = typeof answer === "object" && answer && "data" in answer ? answer.data : undefined;
  if (!Array.isArray(data)) return undefined;
  const rows: unknown[] = new Array(data.length);
  const seen = new Set<number>();
  for (const item of data as readonly unknown[]) {
    if (typeof item !== "object" || !item || !("index" in item) || !("embedding" in item)) {
      throw badAnswer(label, "an item without index or embedding");
    }
    const { index, embedding } = item;
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= data.length || seen.has(index)) {
      throw badAnswer(label, `index ${String(index)} among ${data.length} vectors, each of which must appear once`);
    }
    seen.add(index);
    rows[index] = embedding;
  }
  return rows;
}

function missingKey(): IngestError {
  return new IngestError(`${OPENAI_HOST} needs a key`, {
    decision: "fatal",
    code: "unauthorized",
    hint: "set OPENAI_API_KEY, or openai_base_url to a server of your own",
  });
}
