import { z } from "zod";
import { shellWord } from "../text/shell-word.ts";
import { about, httpUrl, text } from "../options/option.ts";
import { defineEmbedder } from "./define-embedder.ts";
import type { Protocol, ServerOptions } from "./embedding-server.ts";
import { parseOllamaHosts } from "./ollama-host.ts";
import { ServerEmbedder } from "./server-embedder.ts";

const ADDRESS = "--ollama-host or OLLAMA_HOST";

/** One or more Ollama servers, 0.3 or newer. */
export const ollama = defineEmbedder({
  name: "ollama",
  summary: "one or more Ollama servers",
  settings: {
    ollama_host: text()
      .refine(areHosts, {
        error: "one or more hosts such as localhost, gpu:11434 or https://gpu.example, with commas between",
      })
      .default("http://localhost:11434")
      .register(about, {
        help: "servers, with commas between; also OLLAMA_HOST",
        variable: "OLLAMA_HOST",
        flag: { value: "HOST", help: "one or more servers, with commas between" },
      }),
    ollama_api_key: text().optional().register(about, {
      help: "Bearer token of a proxy before Ollama; also OLLAMA_API_KEY",
      secret: true,
      variable: "OLLAMA_API_KEY",
    }),
  },
  warnings: ({ ollama_host: hosts }) => parseOllamaHosts(hosts).warnings.map((warning) => `ollama_host: ${warning}`),
  create: ({ values, ...options }) =>
    new OllamaEmbedder({
      ...options,
      hosts: parseOllamaHosts(values.ollama_host).hosts,
      key: values.ollama_api_key,
    }),
  modelNames,
});

type OllamaOptions = ServerOptions & { readonly hosts: readonly string[]; readonly key?: string | undefined };

/** Embeds with Ollama's `/api/embed`. */
export class OllamaEmbedder extends ServerEmbedder {
  /** `hosts` are base URLs. */
  constructor({ hosts, key, ...options }: OllamaOptions) {
    super(ollamaProtocol(options.model, key), hosts, options);
  }
}

function ollamaProtocol(model: string, key: string | undefined): Protocol {
  return {
    provider: "ollama",
    path: "/api/embed",
    key: { value: key, name: "ollama_api_key (BBJ_RAG_OLLAMA_API_KEY, OLLAMA_API_KEY)" },
    keyHeaders: (bearer) => ({ authorization: `Bearer ${bearer}` }),
    // No `options` here: Ollama reloads the model whenever they differ from those of the request before.
    request: (texts, dimensions) => ({ model, input: texts, truncate: false, dimensions }),
    vectors: (answer) =>
      typeof answer === "object" && answer && "embeddings" in answer ? answer.embeddings : undefined,
    digest: { path: "/api/tags", read: (answer) => digestOf(model, answer) },
    async facts(ask) {
      const [version, show, loaded] = await Promise.all([
        ask("/api/version"),
        ask("/api/show", { model }),
        ask("/api/ps"),
      ]);
      return {
        version: versionShape.safeParse(version).data?.version,
        contextTokens: shortest(contextOf(show), loadedContext(model, loaded)),
      };
    },
    hints: (label, baseUrl) => ({
      address: ADDRESS,
      unreachable: `is Ollama running? start it with: ollama serve; if it runs elsewhere, set ${ADDRESS}`,
      modelMissing: `run: ollama pull ${shellWord(model)}`,
      unauthorized:
        "give user and password in the URL, --ollama-host http://USER:PASSWORD@HOST, or a token in " +
        "ollama_api_key (BBJ_RAG_OLLAMA_API_KEY, OLLAMA_API_KEY)",
      notAnEmbedder: rightAddress(label, URL.parse(baseUrl)?.pathname ?? ""),
      modelsDiffer: `run on both: ollama pull ${shellWord(model)}`,
      shortening: "a model that shortens vectors, and Ollama 0.11.11 or newer",
    }),
  };
}

const tagsShape = z.object({ models: z.array(z.object({ name: z.string(), digest: z.string() })) });

function digestOf(model: string, answer: unknown): string | undefined {
  const names = modelNames(model);
  return tagsShape.safeParse(answer).data?.models.find(({ name }) => names.includes(name))?.digest;
}

const versionShape = z.object({ version: z.string() });
const showShape = z.object({ model_info: z.record(z.string(), z.unknown()) });
const psShape = z.object({ models: z.array(z.object({ name: z.string(), context_length: z.int().optional() })) });

/** The context that the model was made with: under the name of its architecture. */
function contextOf(answer: unknown): number | undefined {
  const entries = Object.entries(showShape.safeParse(answer).data?.model_info ?? {});
  const [, value] = entries.find(([key]) => key.endsWith(".context_length")) ?? [];
  return typeof value === "number" ? value : undefined;
}

/** The context that the server has room for, once the model is loaded. */
function loadedContext(model: string, answer: unknown): number | undefined {
  const names = modelNames(model);
  return psShape.safeParse(answer).data?.models.find(({ name }) => names.includes(name))?.context_length;
}

function shortest(...lengths: readonly (number | undefined)[]): number | undefined {
  const known = lengths.filter((length) => length !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** What is likely to be wrong with a host that has no `/api/embed`. */
function rightAddress(label: string, path: string): string {
  const end = /\/(?:v1|api)(?:\/|$).*/.exec(path)?.[0];
  return end === undefined
    ? `is ${label} an Ollama server, version 0.3 or newer? set ${ADDRESS}`
    : `the host of an Ollama is written without its ${end}: set ${ADDRESS}; other servers take --embedder openai`;
}

/** `name`, `name:latest` and Ollama's own library spelt out are one model. */
function modelNames(model: string): readonly string[] {
  const short = model.replace(/^(?:registry\.ollama\.ai\/)?library\//, "").replace(/:latest$/, "");
  const names = short.includes(":") ? [short] : [short, `${short}:latest`];
  return ["", "library/", "registry.ollama.ai/library/"].flatMap((library) => names.map((name) => library + name));
}

function areHosts(value: string): boolean {
  return parseOllamaHosts(value).hosts.every((host) => httpUrl().safeParse(host).success);
}
