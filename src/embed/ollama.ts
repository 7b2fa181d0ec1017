import type { Settings } from "../config/settings.ts";
import { IngestError } from "../flow/errors.ts";
import { isOutage } from "./classify.ts";
import type { Embedder } from "./embedder.ts";
import { asFatal, EmbeddingServer, PROBE_TEXT, type Protocol, type ServerLimits } from "./embedding-server.ts";

/** Two servers whose vectors for one text are further apart than this do not run the same model. */
const SAME_MODEL_COSINE_MIN = 0.9;

/** Embeds with one or more Ollama servers (0.3 or newer). Each batch goes to the one with the fewest in flight. */
export class OllamaEmbedder implements Embedder {
  readonly provider = "ollama";
  readonly model: string;
  readonly dimensions: number;
  readonly #servers: readonly EmbeddingServer[];
  #proven = false;

  constructor(
    settings: Pick<Settings, "ollamaHosts" | "embeddingModel" | "embeddingDimensions">,
    limits?: Partial<ServerLimits>,
  ) {
    this.model = settings.embeddingModel;
    this.dimensions = settings.embeddingDimensions;
    const protocol = ollamaProtocol(this.model);
    this.#servers = settings.ollamaHosts.map(
      (host) => new EmbeddingServer(host, { protocol, model: this.model, dimensions: this.dimensions, limits }),
    );
  }

  /** Every server must pass the first time. Later, when a run asks whether an outage is over, one is enough. */
  async probe(signal?: AbortSignal): Promise<void> {
    const results = await Promise.allSettled(this.#servers.map((server) => server.embed([PROBE_TEXT], signal)));
    signal?.throwIfAborted();
    const failures: IngestError[] = [];
    for (const result of results) {
      if (result.status === "fulfilled") continue;
      if (!(result.reason instanceof IngestError)) throw result.reason;
      failures.push(result.reason);
    }
    // What no waiting can mend speaks for all.
    const worst = failures.find((failure) => !isOutage(failure)) ?? failures[0];
    if (worst !== undefined && !(this.#proven && failures.length < results.length)) {
      throw asFatal(worst, failures.map((failure) => failure.message).join("; "));
    }
    this.#checkSameModel(results.map((result) => (result.status === "fulfilled" ? result.value[0] : undefined)));
    this.#proven = true;
  }

  async embedBatch(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    if (texts.length === 0) return [];
    return this.#leastBusy().embed(texts, signal);
  }

  #leastBusy(): EmbeddingServer {
    // A server that is away fails fast, and would always be the least busy one: hence the rest.
    const [best] = this.#servers
      .map((server) => ({ server, restMs: server.restMs, inFlight: server.inFlight }))
      .sort((a, b) => a.restMs - b.restMs || a.inFlight - b.inFlight);
    if (best === undefined) throw new RangeError("an OllamaEmbedder needs at least one host");
    return best.server;
  }

  #checkSameModel(vectors: readonly (Float32Array | undefined)[]): void {
    const [reference, ...others] = vectors.flatMap((vector, index) => (vector ? [{ vector, index }] : []));
    if (reference === undefined) return;
    for (const other of others) {
      if (cosine(reference.vector, other.vector) >= SAME_MODEL_COSINE_MIN) continue;
      const [one, two] = [reference, other].map(({ index }) => this.#servers[index]?.profile.label);
      throw new IngestError(`${one} and ${two} give different vectors for the same text with "${this.model}"`, {
        decision: "fatal",
        code: "models_differ",
        hint: `run on both: ollama pull ${this.model}`,
      });
    }
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
    hints: (label) => ({
      unreachable:
        "is Ollama running? start it with: ollama serve; if it runs elsewhere, set --ollama-host or OLLAMA_HOST",
      modelMissing: `run: ollama pull ${model}`,
      unauthorized: "give user and password in the URL: --ollama-host http://USER:PASSWORD@HOST",
      notAnEmbedder: `is ${label} an Ollama server, version 0.3 or newer? set --ollama-host or OLLAMA_HOST`,
    }),
  };
}

function cosine(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  a.forEach((x, index) => {
    const y = b[index] ?? 0;
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  });
  return dot / Math.sqrt(squaresA * squaresB);
}
