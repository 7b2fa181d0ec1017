import {
  normalised,
  type Route,
  type StandIn,
  type StandInOptions,
  standInVector,
  startStandIn,
  tokensOf,
} from "./stand-in-server.ts";

export type OpenAIOptions = StandInOptions & {
  /** Whose limits and error texts it has. */
  readonly flavour?: "openai" | "llama.cpp" | "vllm" | "tei";
  readonly model?: string;
  /** Native size of the model's vectors. */
  readonly dimensions?: number;
  /** Of one text. */
  readonly tokensMax?: number;
  /** Texts in a request; TEI's default is 32. */
  readonly batchSizeMax?: number;
  /** Status of TEI's refusal of a batch: 422 in the code, 413 in the documentation. */
  readonly batchStatus?: 413 | 422;
  /** Asked for when set. */
  readonly apiKey?: string;
  /** Answers in reverse order of the texts, each with its index. */
  readonly reversed?: boolean;
};

/** A server of OpenAI's `/v1/embeddings`; its base URL is `url` and `/v1`. */
export function startOpenAI(options: OpenAIOptions = {}): Promise<StandIn> {
  const { flavour = "openai", model = "text-embedding-3-small", dimensions = 1024, apiKey, reversed = false } = options;
  const tokensMax = options.tokensMax ?? { openai: 8192, "llama.cpp": 512, vllm: 512, tei: 512 }[flavour];
  const batchSizeMax =
    options.batchSizeMax ?? { openai: 2048, "llama.cpp": Infinity, vllm: Infinity, tei: 32 }[flavour];

  function refusal(texts: readonly string[], wanted: unknown): Response | undefined {
    if (texts.length > batchSizeMax) {
      return flavour === "tei"
        ? tei(options.batchStatus ?? 422, `batch size ${texts.length} > maximum allowed batch size ${batchSizeMax}`)
        : openai(
            400,
            `Invalid 'input': array too long. Expected an array with maximum length ${batchSizeMax}, but got an array with length ${texts.length} instead.`,
          );
    }
    const tokens = Math.max(...texts.map(tokensOf));
    if (flavour === "llama.cpp") {
      if (texts.includes("")) return openai(400, "Input content cannot be empty", 400);
      if (tokens > tokensMax) {
        return openai(
          500,
          `input (${tokens} tokens) is too large to process. increase the physical batch size (current batch size: ${tokensMax})`,
          500,
        );
      }
    }
    if (flavour === "vllm") {
      if (wanted !== undefined) {
        return vllm(
          400,
          `Model "${model}" does not support matryoshka representation, changing output dimensions will lead to poor results.`,
        );
      }
      if (tokens > tokensMax) {
        return vllm(
          400,
          `This model's maximum context length is ${tokensMax} tokens. However, you requested ${tokens} tokens in the input for embedding generation. Please reduce the length of the input.`,
        );
      }
    }
    // TEI truncates by default; OpenAI refuses.
    if (flavour === "openai" && tokens > tokensMax) {
      return openai(
        400,
        `Invalid 'input[${texts.findIndex((text) => tokensOf(text) > tokensMax)}]': maximum input length is ${tokensMax} tokens.`,
      );
    }
    return undefined;
  }

  function embed(body: string): Route {
    const request: Record<string, unknown> = JSON.parse(body);
    const texts = Array.isArray(request.input) ? request.input.map(String) : [String(request.input)];
    if (request.model !== model && (flavour === "openai" || flavour === "vllm")) {
      const missing = `The model \`${String(request.model)}\` does not exist${flavour === "openai" ? " or you do not have access to it" : ""}.`;
      return { answer: () => openai(404, missing, flavour === "openai" ? "model_not_found" : 404) };
    }
    return {
      texts,
      answer: () => {
        const refused = refusal(texts, request.dimensions);
        if (refused !== undefined) return refused;
        const data = texts.map((text, index) => ({
          object: "embedding",
          index,
          embedding: vectorOf(text, request.dimensions),
        }));
        return Response.json({
          object: "list",
          data: reversed ? data.reverse() : data,
          model,
          usage: { prompt_tokens: 1, total_tokens: 1 },
        });
      },
    };
  }

  function vectorOf(text: string, wanted: unknown): number[] {
    const vector = standInVector(text, dimensions);
    // llama.cpp knows no `dimensions`.
    return typeof wanted === "number" && flavour !== "llama.cpp" ? normalised(vector, wanted) : vector;
  }

  return startStandIn(options, ({ method, path, headers, body }) => {
    if (apiKey !== undefined && headers.get("authorization") !== `Bearer ${apiKey}`) {
      const given = (headers.get("authorization") ?? "").replace("Bearer ", "");
      return { answer: () => openai(401, `Incorrect API key provided: ${given}.`, "invalid_api_key") };
    }
    if (`${method} ${path}` === "POST /v1/embeddings") return embed(body);
    if (`${method} ${path}` === "GET /v1/models")
      return { answer: () => Response.json({ object: "list", data: [{ id: model }] }) };
    return { answer: () => new Response("Not Found", { status: 404 }) };
  });
}

/** Answers of such servers in trouble, each made anew at every call. */
export const openaiFaults = {
  overloaded: () => tei(429, "Model is overloaded", "overloaded"),
  tooLong: () => openai(400, "Invalid 'input[0]': maximum input length is 8192 tokens."),
  loading: () => openai(503, "Loading model", 503),
  quota: () =>
    openai(429, "You exceeded your current quota, please check your plan and billing details.", "insufficient_quota"),
};

function openai(status: number, message: string, code: string | number | null = null): Response {
  return Response.json({ error: { message, type: "invalid_request_error", param: null, code } }, { status });
}

function vllm(status: number, message: string): Response {
  return Response.json({ object: "error", message, type: "BadRequestError", param: null, code: status }, { status });
}

function tei(status: number, message: string, type = "validation"): Response {
  return Response.json({ message, code: status, type }, { status });
}
