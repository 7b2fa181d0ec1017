import { z } from "zod";
import { shellWord } from "../text/shell-word.ts";
import { about, httpUrl, text } from "../options/option.ts";
import { defineEmbedder } from "./define-embedder.ts";
import type { Protocol, ServerOptions } from "./embedding-server.ts";
import { parseOllamaHosts } from "./ollama-host.ts";
import { ServerEmbedder } from "./server-embedder.ts";

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
  },
  warnings: ({ ollama_host: hosts }) => parseOllamaHosts(hosts).warnings.map((warning) => `ollama_host: ${warning}`),
  create: ({ values, ...options }) =>
    new OllamaEmbedder({ ...options, hosts: parseOllamaHosts(values.ollama_host).hosts }),
});

/** Embeds with Ollama's `/api/embed`. */
export class OllamaEmbedder extends ServerEmbedder {
  /** `hosts` are base URLs without a trailing slash. */
  constructor({ hosts, ...options }: ServerOptions & { readonly hosts: readonly string[] }) {
    super(ollamaProtocol(options.model), hosts, options);
  }
}

function ollamaProtocol(model: string): Protocol {
  return {
    provider: "ollama",
    path: "/api/embed",
    headers: {},
    secrets: [],
    // No `options` here: Ollama reloads the model whenever they differ from those of the request before.
    request: (texts, dimensions) => ({ model, input: texts, truncate: false, dimensions }),
    vectors: (answer) =>
      typeof answer === "object" && answer && "embeddings" in answer ? answer.embeddings : undefined,
    digest: { path: "/api/tags", read: (answer) => digestOf(model, answer) },
    hints: (label) => ({
      unreachable:
        "is Ollama running? start it with: ollama serve; if it runs elsewhere, set --ollama-host or OLLAMA_HOST",
      modelMissing: `run: ollama pull ${shellWord(model)}`,
      unauthorized: "give user and password in the URL: --ollama-host http://USER:PASSWORD@HOST",
      notAnEmbedder: `is ${label} an Ollama server, version 0.3 or newer? set --ollama-host or OLLAMA_HOST`,
      modelsDiffer: `run on both: ollama pull ${shellWord(model)}`,
      shortening: "a model that shortens vectors, and Ollama 0.11.11 or newer",
    }),
  };
}

const tagsShape = z.object({ models: z.array(z.object({ name: z.string(), digest: z.string() })) });

/** A name without a tag is that of the tag `latest`. */
function digestOf(model: string, answer: unknown): string | undefined {
  const tagged = (name: string) => (name.includes(":") ? name : `${name}:latest`);
  return tagsShape.safeParse(answer).data?.models.find(({ name }) => tagged(name) === tagged(model))?.digest;
}

function areHosts(value: string): boolean {
  return parseOllamaHosts(value).hosts.every((host) => httpUrl().safeParse(host).success);
}
