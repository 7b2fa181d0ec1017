import { IngestError } from "../flow/errors.ts";
import { about, httpUrl } from "../options/option.ts";
import { defineEmbedder } from "./define-embedder.ts";
import type { Protocol, ServerOptions } from "./embedding-server.ts";
import { ServerEmbedder } from "./server-embedder.ts";
import { vectorsByIndex } from "./verify.ts";

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
  }: ServerOptions & { readonly baseUrl: string; readonly key: string | undefined }) {
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
    vectors: vectorsByIndex,
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
