import { parseArgs } from "node:util";
import {
  type Fault,
  normalised,
  type Route,
  type StandIn,
  type StandInOptions,
  standInVector,
  startStandIn,
  tokensOf,
} from "./stand-in-server.ts";

export type OllamaOptions = StandInOptions & {
  readonly model?: string;
  /** Native size of the model's vectors. */
  readonly dimensions?: number;
  /** Of the model, asked anew for each request; a model of another digest gives other vectors. */
  readonly digest?: () => string;
  /** Longer texts are refused with `truncate: false` and cut without a word otherwise. */
  readonly contextTokens?: number;
  /** false: an Ollama before 0.11.11, which ignores `dimensions`. */
  readonly shortens?: boolean;
};

/** An Ollama server, version 0.33: its statuses, its texts, and its silence about truncation and `dimensions`. */
export function startOllama(options: OllamaOptions = {}): Promise<StandIn> {
  const { model = "qwen3-embedding:0.6b", dimensions = 1024, shortens = true, digest = () => "" } = options;
  /** Asked anew for each request, for a test may change it. */
  const contextOf = () => options.contextTokens ?? 4096;

  function embed(body: string): Route {
    const request = parse(body);
    if (typeof request === "string") return plain(ollamaError(400, request));
    const { input } = request;
    const texts = typeof input === "string" ? [input] : input;
    if (!isTexts(texts)) return plain(ollamaError(400, "invalid input type"));
    const asked = typeof request.model === "string" ? request.model : "";
    if (asked === "") return plain(ollamaError(400, "model is required"));
    if (tagged(asked) !== tagged(model)) return plain(ollamaFaults.modelMissing(asked));
    const given = input === "" ? [] : texts;
    return {
      texts: given,
      answer: () => {
        if (request.truncate === false && given.some((text) => tokensOf(text) > contextOf()))
          return ollamaFaults.tooLong();
        return Response.json({
          model: asked,
          embeddings: given.map((text) => vectorOf(text, request.dimensions)),
          total_duration: 1_000_000,
          load_duration: 1_000,
          prompt_eval_count: given.reduce((sum, text) => sum + Math.min(tokensOf(text), contextOf()), 0),
        });
      },
    };
  }

  /** Ollama's middleware for OpenAI's clients: no `truncate`, so it always truncates. */
  function embedOpenAI(body: string): Route {
    const request = parse(body);
    if (typeof request === "string") return plain(openaiError(400, request));
    const texts = typeof request.input === "string" ? [request.input] : request.input;
    if (!isTexts(texts) || texts.length === 0) return plain(openaiError(400, "invalid input"));
    const asked = String(request.model);
    if (tagged(asked) !== tagged(model)) {
      return plain(openaiError(404, `model "${asked}" not found, try pulling it first`, "not_found_error"));
    }
    return {
      texts,
      answer: () =>
        Response.json({
          object: "list",
          data: texts.map((text, index) => ({
            object: "embedding",
            embedding: vectorOf(text, request.dimensions),
            index,
          })),
          model: asked,
          usage: { prompt_tokens: 1, total_tokens: 1 },
        }),
    };
  }

  function vectorOf(text: string, wanted: unknown): number[] {
    const vector = standInVector(`${digest()}${text.slice(0, contextOf() * 4)}`, dimensions);
    const cut = shortens && typeof wanted === "number" && wanted > 0 && wanted < dimensions;
    return cut ? normalised(vector, wanted) : vector;
  }

  const info = () => ({ name: tagged(model), model: tagged(model), size: 1, digest: digest().padStart(64, "0") });
  return startStandIn(options, ({ method, path, body }) => {
    switch (`${method} ${path}`) {
      case "POST /api/embed":
        return embed(body);
      case "POST /v1/embeddings":
        return embedOpenAI(body);
      case "GET /":
        return plain(new Response("Ollama is running"));
      case "GET /api/version":
        return plain(Response.json({ version: "0.33.0" }));
      case "GET /api/tags":
        return plain(Response.json({ models: [info()] }));
      case "GET /api/ps":
        return plain(Response.json({ models: [{ ...info(), context_length: contextOf(), size_vram: 1 }] }));
      case "POST /api/show":
        return plain(
          Response.json({
            capabilities: ["embedding"],
            model_info: {
              "general.architecture": "qwen3",
              "qwen3.context_length": 32768,
              "qwen3.embedding_length": dimensions,
            },
          }),
        );
      default:
        return plain(new Response("404 page not found", { status: 404 }));
    }
  });
}

/** Answers of an Ollama in trouble, each made anew at every call. */
export const ollamaFaults = {
  busy: () => ollamaError(503, "server busy, please try again.  maximum pending requests exceeded"),
  deadRunner: () => ollamaError(400, 'do embedding request: Post "http://127.0.0.1:43211/embedding": EOF'),
  tooLong: () => ollamaError(400, "the input length exceeds the context length"),
  notANumber: () => ollamaError(400, "embedding contains NaN or Inf values"),
  loadFailed: () => ollamaError(500, "llama-server process has terminated: signal: killed"),
  unfit: (model: string) => ollamaError(400, `"${model}" does not support embeddings`),
  modelMissing: (model: string) => ollamaError(404, `model "${model}" not found, try pulling it first`),
};

function ollamaError(status: number, error: string): Response {
  return Response.json({ error }, { status });
}

function openaiError(status: number, message: string, type = "invalid_request_error"): Response {
  return Response.json({ error: { message, type, param: null, code: null } }, { status });
}

function plain(response: Response): Route {
  return { answer: () => response };
}

function parse(body: string): Record<string, unknown> | string {
  if (body === "") return "missing request body";
  try {
    return JSON.parse(body);
  } catch {
    return "invalid character 'x' looking for beginning of value";
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function tagged(model: string): string {
  return model.includes(":") ? model : `${model}:latest`;
}

const USAGE = `An Ollama server for trials, without a model.

  bun test/support/ollama-stand-in.ts [flags]

  --port N              default: any free one
  --model NAME          default: qwen3-embedding:0.6b
  --dimensions N        native size of the vectors, default 1024
  --context-tokens N    default 4096
  --delay MS            time each request takes
  --serial              one request at a time
  --fail-every N        every Nth request fails ...
  --fail-with WHAT      ... as busy (default), deadRunner, loadFailed, reset or hang
  --fail-text REGEX     requests with such a text are refused: embedding contains NaN or Inf values

SIGTERM or Ctrl-C prints its counters as JSON and ends it.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      model: { type: "string" },
      dimensions: { type: "string", default: "1024" },
      "context-tokens": { type: "string", default: "4096" },
      delay: { type: "string", default: "0" },
      serial: { type: "boolean", default: false },
      "fail-every": { type: "string", default: "0" },
      "fail-with": { type: "string", default: "busy" },
      "fail-text": { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return console.log(USAGE);

  const failEvery = Number(values["fail-every"]);
  const failText = values["fail-text"] === undefined ? undefined : new RegExp(values["fail-text"]);
  const server = await startOllama({
    port: Number(values.port),
    dimensions: Number(values.dimensions),
    contextTokens: Number(values["context-tokens"]),
    delayMs: Number(values.delay),
    serial: values.serial,
    ...(values.model === undefined ? {} : { model: values.model }),
    fault: (request, texts) => {
      if (failEvery > 0 && request % failEvery === 0) return faultNamed(values["fail-with"]);
      return failText && texts.some((text) => failText.test(text)) ? ollamaFaults.notANumber() : undefined;
    },
  });
  console.log(server.url);

  const end = async () => {
    const { requests, connections, inFlightMax, textsSeen, textsEmbedded } = server;
    const times = [...textsEmbedded.values()];
    const repeated = times.filter((count) => count > 1).length;
    const sent = [...textsSeen.values()].reduce((sum, count) => sum + count, 0);
    console.log(
      JSON.stringify({
        requests,
        connections,
        inFlightMax,
        textsSent: sent,
        textsEmbedded: times.length,
        textsEmbeddedTwice: repeated,
      }),
    );
    await server.stop();
    process.exit(0);
  };
  process.on("SIGTERM", () => void end());
  process.on("SIGINT", () => void end());
}

function faultNamed(name: string): Fault {
  if (name === "reset" || name === "hang") return name;
  if (name === "deadRunner" || name === "loadFailed") return ollamaFaults[name]();
  return ollamaFaults.busy();
}

if (import.meta.main) await main();
