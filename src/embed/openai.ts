import { IngestError } from "../flow/errors.ts";
import { about, httpUrl } from "../options/option.ts";
import { defineEmbedder } from "./define-embedder.ts";
import type { Protocol } from "./embedding-server.ts";
import { ServerEmbedder, type ServerEmbedderOptions } from "./server-embedder.ts";
import { badAnswer } from "./verify.ts";

/** Where a key is not optional. */
const OPENAI_HOST = "api.openai.com";

/** Any server that speaks OpenAI's `/v1/embeddings`: OpenAI, llama.cpp, vLLM, text-embeddings-inference, LM Studio. */
export const openai = defineEmbedder({
  name: "openai",
  summary: "any server that speaks its API",
  keyVariable: "OPENAI_API_KEY",
  settings: {
    openai_base_url: httpUrl()
      .default("https://api.openai.com/v1")
      .register(about, { help: "also OPENAI_BASE_URL; the key is OPENAI_API_KEY", variable: "OPENAI_BASE_URL" }),
  },
  create: ({ values, ...options }) => new OpenAIEmbedder({ ...options, baseUrl: values.openai_base_url }),
});

/** Embeds with OpenAI's `/v1/embeddings`. The base URL includes the `/v1`, as that of OpenAI's own clients does. */
export class OpenAIEmbedder extends ServerEmbedder {
  constructor({
    baseUrl,
    key,
    ...options
  }: ServerEmbedderOptions & { readonly baseUrl: string; readonly key: string | undefined }) {
    super(openaiProtocol(options.model, key), [baseUrl.replace(/\/+$/, "")], options);
  }
}

function openaiProtocol(model: string, key: string | undefined): Protocol {
  return {
    provider: "openai",
    path: "/embeddings",
    headers: key ? { authorization: `Bearer ${key}` } : {},
    secrets: key ? [key] : [],
    refusal: (baseUrl) => (key || URL.parse(baseUrl)?.hostname !== OPENAI_HOST ? undefined : missingKey()),
    request: (texts, dimensions) => ({ model, input: texts, encoding_format: "float", dimensions }),
    vectors: inOrder,
    hints: (label) => ({
      unreachable: "is the server running? its address is openai_base_url (BBJ_RAG_OPENAI_BASE_URL, OPENAI_BASE_URL)",
      modelMissing: `the models it has are listed at ${label}/models; choose one with --model`,
      unauthorized: "the key comes from OPENAI_API_KEY",
      notAnEmbedder: "openai_base_url includes the /v1, e.g. http://localhost:8080/v1",
      modelsDiffer: `load ${model} on both`,
      shortening: "a server and a model that shorten vectors",
    }),
  };
}

function missingKey(): IngestError {
  return new IngestError(`${OPENAI_HOST} needs a key`, {
    decision: "fatal",
    code: "unauthorized",
    hint: "set OPENAI_API_KEY, or openai_base_url to a server of your own",
  });
}

/** `data` sorted by `index`: servers may answer in any order, but each index exactly once. */
export function inOrder(answer: unknown, label: string): unknown {
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
