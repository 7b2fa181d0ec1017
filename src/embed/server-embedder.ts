import { IngestError } from "../flow/errors.ts";
import { isOutage } from "./classify.ts";
import type { Embedder, ModelMark } from "./embedder.ts";
import { EmbeddingServer, type Protocol, type ServerOptions } from "./embedding-server.ts";

/** What a probe sends. */
export const PROBE_TEXT = "bbj-ingest-all probe";
/** Of the numbers of a mark: enough to tell models apart. */
const MARK_DIGITS = 5;
/** Two servers whose vectors for one text are further apart than this do not run the same model. */
const SAME_MODEL_COSINE_MIN = 0.9;

/** Embeds with one or more servers of one protocol. A batch goes to the one with the fewest in flight, unless the caller chooses. */
export class ServerEmbedder implements Embedder {
  readonly provider: string;
  readonly model: string;
  readonly dimensions: number;
  readonly servers: readonly EmbeddingServer[];
  #proven = false;
  #probed: Float32Array | undefined;

  constructor(protocol: Protocol, baseUrls: readonly string[], options: ServerOptions) {
    this.provider = protocol.provider;
    this.model = options.model;
    this.dimensions = options.dimensions;
    this.servers = baseUrls.map((url) => new EmbeddingServer(url, protocol, options));
  }

  /** Every server must pass the first time. Later, when a run asks whether an outage is over, one is enough. */
  async probe(signal?: AbortSignal): Promise<void> {
    const others = new AbortController();
    const ends = signal === undefined ? others.signal : AbortSignal.any([signal, others.signal]);
    const asked = this.servers.map((server) => server.embedBatch([PROBE_TEXT], ends));
    // One that is silent must not hold up a run that the others could go on with.
    if (this.#proven && (await isOneOf(asked))) return others.abort();
    const results = await Promise.allSettled(asked);
    signal?.throwIfAborted();
    const failures: IngestError[] = [];
    for (const result of results) {
      if (result.status === "fulfilled") continue;
      if (!(result.reason instanceof IngestError)) throw result.reason;
      failures.push(result.reason);
    }
    // At the start what no waiting can mend speaks for all; later one that may come back is enough.
    const worst = failures.find((failure) => isOutage(failure) === this.#proven) ?? failures[0];
    if (worst !== undefined) {
      throw asFatal(worst, failures.map((failure) => failure.message).join("; "));
    }
    this.#checkSameModel(results.map((result) => (result.status === "fulfilled" ? result.value[0] : undefined)));
    this.#proven = true;
    this.#probed ??= results.flatMap((result) => (result.status === "fulfilled" ? result.value : []))[0];
  }

  async mark(signal?: AbortSignal): Promise<ModelMark | undefined> {
    if (this.#probed === undefined) return undefined;
    const probe = Array.from(this.#probed, (value) => Number(value.toPrecision(MARK_DIGITS)));
    const digests = await Promise.all(this.servers.map((server) => server.digest(signal)));
    const known = digests.filter((digest) => digest !== undefined);
    return known.length < digests.length ? { probe } : { probe, digest: [...new Set(known)].sort().join(" ") };
  }

  get place(): string {
    return this.servers.map(({ profile }) => profile.label).join(", ");
  }

  async embedBatch(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    if (texts.length === 0) return [];
    return this.#leastBusy().embedBatch(texts, signal);
  }

  async embedQuery(text: string, signal?: AbortSignal): Promise<Float32Array> {
    const [vector] = await this.embedBatch([text], signal);
    if (vector === undefined) throw new TypeError("no vector for a text");
    return vector;
  }

  #leastBusy(): EmbeddingServer {
    // A server that is away fails fast, and would always be the least busy one: hence the rest.
    const [best] = this.servers
      .map((server) => ({ server, restMs: server.restMs, inFlight: server.inFlight }))
      .sort((a, b) => a.restMs - b.restMs || a.inFlight - b.inFlight);
    if (best === undefined) throw new RangeError(`the ${this.provider} embedder needs at least one server`);
    return best.server;
  }

  #checkSameModel(vectors: readonly (Float32Array | undefined)[]): void {
    const [reference, ...others] = this.servers.flatMap(({ profile }, index) => {
      const vector = vectors[index];
      return vector === undefined ? [] : [{ vector, profile }];
    });
    if (reference === undefined) return;
    const { label, hints } = reference.profile;
    for (const { vector, profile } of others) {
      if (cosine(reference.vector, vector) >= SAME_MODEL_COSINE_MIN) continue;
      const both = `${label} and ${profile.label}`;
      throw new IngestError(`${both} give different vectors for the same text with "${this.model}"`, {
        decision: "fatal",
        code: "models_differ",
        hint: hints.modelsDiffer,
      });
    }
  }
}

/** Whether one of them succeeds, as soon as that is known. */
function isOneOf(asked: readonly Promise<unknown>[]): Promise<boolean> {
  return Promise.any(asked).then(
    () => true,
    () => false,
  );
}

/** The same failure as the last word: a probe that fails ends the start of a run. */
function asFatal(error: IngestError, message: string): IngestError {
  const { code, hint, retryAfterMs } = error;
  return new IngestError(message, { decision: "fatal", code, hint, retryAfterMs, cause: error });
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
