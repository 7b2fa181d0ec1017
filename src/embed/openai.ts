import { z } from "zod";
import { IngestError } from "../flow/errors.ts";
import { about, httpUrl } from "../options/option.ts";
import { defineEmbedder } from "./define-embedder.ts";
import type { Protocol, ServerOptions } from "./embedding-server.ts";
import { openaiVectors } from "./openai-vectors.ts";
import { ServerEmbedder } from "./server-embedder.ts";

/** Where a key is not optional. */
const OPENAI_HOST = "api.openai.com";

const KEY = "OPENAI_API_KEY";
const ADDRESS = "openai_base_url (BBJ_RAG_OPENAI_BASE_URL, OPENAI_BASE_URL)";
/** Microsoft's own, which take a key in a header of their own. */
const AZURE_HOST = /\.azure(?:-api)?\.(?:com|net|us|cn)$/;

/**
 * Any server that speaks OpenAI's `/v1/embeddings`: OpenAI, Azure, llama.cpp, vLLM, text-embeddings-inference, LM Studio,
 * and the gateways of others.
 */
export const openai = defineEmbedder({
  name: "openai",
  summary: "any server that speaks its API",
  keyVariable: KEY,
  settings: {
    openai_base_url: httpUrl().default("https://api.openai.com/v1").register(about, {
      help: "also OPENAI_BASE_URL; the key is OPENAI_API_KEY; a query such as ?api-version= stays behind the path",
      variable: "OPENAI_BASE_URL",
    }),
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
    super(openaiProtocol(options.model, key), [baseUrl], options);
  }
}

function openaiProtocol(model: string, key: string | undefined): Protocol {
  return {
    provider: "openai",
    path: "/embeddings",
    key: { value: key, name: KEY },
    keyHeaders,
    refusal: (baseUrl) => (key || URL.parse(baseUrl)?.hostname !== OPENAI_HOST ? undefined : missingKey()),
    // No `encoding_format`: floats are what servers give unasked, and many refuse a field that they do not know.
    request: (texts, dimensions) => ({ model, input: texts, dimensions }),
    vectors: openaiVectors,
    // vLLM's own word for it; most say no more of a model than its name.
    facts: async (ask) => ({
      contextTokens: modelsShape.safeParse(await ask("/models")).data?.data.find(({ id }) => id === model)
        ?.max_model_len,
    }),
    hints: (label, baseUrl) => ({
      address: ADDRESS,
      unreachable: `is the server running? its address is ${ADDRESS}`,
      modelMissing: `the models it has are listed at ${label}/models; choose one with --model, or load it`,
      unauthorized: `the key comes from ${KEY}`,
      notAnEmbedder: rightAddress(label, URL.parse(baseUrl)?.pathname ?? ""),
      modelsDiffer: `load ${model} on both`,
      shortening: "a server and a model that shorten vectors",
    }),
  };
}

const modelsShape = z.object({ data: z.array(z.object({ id: z.string(), max_model_len: z.int().optional() })) });

/** Azure takes a key in `api-key`; a token of its directory, and every other server, in `Authorization`. */
function keyHeaders(key: string, url: string): Record<string, string> {
  const { hostname = "", searchParams } = URL.parse(url) ?? {};
  const bearer = { authorization: `Bearer ${key}` };
  if (key.startsWith("eyJ")) return bearer;
  if (AZURE_HOST.test(hostname)) return { "api-key": key };
  return searchParams?.has("api-version") ? { ...bearer, "api-key": key } : bearer;
}

/** What is likely to be wrong with a base URL under which no embeddings are. */
function rightAddress(label: string, path: string): string {
  const wrongEnd = /\/(?:chat\/completions|completions|responses|models|embed|api\/embeddings)\/*$/.exec(path)?.[0];
  if (wrongEnd !== undefined) return `openai_base_url ends before the ${wrongEnd}: set ${ADDRESS}`;
  const versions = path.split("/").filter((part) => /^v\d/.test(part));
  if (versions.length > 1) return `openai_base_url has the /${versions[1]} once only: set ${ADDRESS}`;
  if (versions.length === 0 && !/\/deployments\//.test(path)) {
    return `openai_base_url includes the /v1: try ${label}/v1, in ${ADDRESS}`;
  }
  return `is ${label} the base URL of an OpenAI-compatible server? it comes from ${ADDRESS}`;
}

function missingKey(): IngestError {
  return new IngestError(`${OPENAI_HOST} needs a key`, {
    decision: "fatal",
    code: "unauthorized",
    hint: "set OPENAI_API_KEY, or openai_base_url to a server of your own",
  });
}
