import { type Clock, systemClock } from "../flow/clock.ts";
import { IngestError, messageOf } from "../flow/errors.ts";
import { retryAfterMs } from "../flow/retry-after.ts";
import { Watchdog } from "../flow/watchdog.ts";
import { maskCredentials } from "../text/mask-credentials.ts";
import { classifyAnswer, classifyThrown, isOutage, type ServerProfile } from "./classify.ts";
import { credentialsIn, quoted } from "./error-text.ts";
import { badAnswer, lengthOfFirst, verifiedVectors, wrongDimension } from "./verify.ts";

/** How one kind of server is talked to: all that tells one provider from another. */
export type Protocol = {
  readonly provider: string;
  /** Appended to the base URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Never shown, should a server echo them. */
  readonly secrets: readonly string[];
  /** The body of a request; `dimensions` only where the server shall shorten its vectors. */
  request(texts: readonly string[], dimensions: number | undefined): object;
  /** The vectors of an answer in the order of the texts, not checked yet. */
  vectors(answer: unknown, label: string): unknown;
  /** Where a server says which model it runs behind a name, and how to read that. */
  readonly digest?: { readonly path: string; read(answer: unknown): string | undefined };
  hints(label: string): ServerProfile["hints"];
  /** Why a server is not worth asking. */
  refusal?(baseUrl: string): IngestError | undefined;
};

/** Bounds of the talk with a server. */
export type ServerLimits = {
  /** For how long a server may answer nothing at all while it owes us answers. */
  readonly silenceMsMax: number;
  /** For how long a server that was away is passed over while others work. */
  readonly restMs: number;
};

// Ollama may take 5 minutes to load a model, and takes one batch after the other, so a batch may wait for all those
// before it: what counts is not the age of a request but the silence of the server.
const SERVER_LIMITS: ServerLimits = { silenceMsMax: 10 * 60_000, restMs: 30_000 };

/** It is asked once, and can be done without. */
const DIGEST_MS_MAX = 10_000;

export type ServerOptions = {
  readonly model: string;
  readonly dimensions: number;
  readonly clock?: Clock;
  /** Tests shorten them. */
  readonly limits?: Partial<ServerLimits> | undefined;
};

/** One server: a POST per batch, its failures classified, its answers verified. */
export class EmbeddingServer {
  readonly profile: ServerProfile;
  readonly dimensions: number;
  readonly #protocol: Protocol;
  readonly #baseUrl: string;
  readonly #direct: boolean;
  readonly #clock: Clock;
  readonly #limits: ServerLimits;
  /** One for each request in flight: an answer to one is a sign of life for all. */
  readonly #watches = new Set<Watchdog>();
  #shortens = false;
  #inFlight = 0;
  #restsUntil = 0;

  constructor(baseUrl: string, protocol: Protocol, options: ServerOptions) {
    const { model, dimensions, clock = systemClock, limits } = options;
    const label = maskCredentials(baseUrl);
    const secrets = [...protocol.secrets, ...credentialsIn(baseUrl)];
    this.profile = { label, model, secrets, hints: protocol.hints(label) };
    this.dimensions = dimensions;
    this.#protocol = protocol;
    this.#clock = clock;
    this.#baseUrl = baseUrl;
    this.#direct = isLoopback(baseUrl);
    this.#limits = { ...SERVER_LIMITS, ...limits };
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How long this server is still to be passed over, in milliseconds; 0 for one that works. */
  get restMs(): number {
    return Math.max(0, this.#restsUntil - this.#clock.now());
  }

  async embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    this.#inFlight++;
    try {
      const vectors = await this.#embed(texts, signal);
      this.#restsUntil = 0;
      return vectors;
    } catch (error) {
      if (error instanceof IngestError && isOutage(error)) this.#restsUntil = this.#clock.now() + this.#limits.restMs;
      throw error;
    } finally {
      this.#inFlight--;
    }
  }

  /** What the server says it runs; undefined when it does not say, or what stands before it does not let us ask. */
  async digest(signal?: AbortSignal): Promise<string | undefined> {
    const { digest, headers } = this.#protocol;
    if (digest === undefined) return undefined;
    using watch = new Watchdog(this.#clock, signal);
    watch.limitSilence(DIGEST_MS_MAX, () => silent(this.profile.label, DIGEST_MS_MAX));
    try {
      const proxy = this.#direct ? { proxy: false as const } : {};
      const response = await fetch(this.#baseUrl + digest.path, { headers, signal: watch.signal, ...proxy });
      return digest.read(await response.json());
    } catch {
      signal?.throwIfAborted();
      return undefined;
    }
  }

  async #embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const refusal = this.#protocol.refusal?.(this.#baseUrl);
    if (refusal !== undefined) throw refusal;
    // Another batch may learn meanwhile that this server is to shorten.
    const shortens = this.#shortens;
    let rows = await this.#ask(texts, signal);
    const length = lengthOfFirst(rows);
    if (!shortens && length !== undefined && length > this.dimensions) {
      rows = await this.#askToShorten(texts, length, signal);
    }
    return verifiedVectors(rows, { ...this.#expected, count: texts.length });
  }

  /** Servers refuse `dimensions` for models that cannot be shortened, so it is sent only to those that give too much. */
  async #askToShorten(texts: readonly string[], length: number, signal?: AbortSignal): Promise<unknown> {
    this.#shortens = true;
    try {
      return await this.#ask(texts, signal);
    } catch (error) {
      const refused = error instanceof IngestError && (error.code === "refused" || error.code === "model_unfit");
      throw refused ? wrongDimension(this.#expected, length, error) : error;
    }
  }

  async #ask(texts: readonly string[], signal?: AbortSignal): Promise<unknown> {
    const body = this.#protocol.request(texts, this.#shortens ? this.dimensions : undefined);
    return this.#protocol.vectors(await this.#post(body, signal), this.profile.label);
  }

  async #post(body: object, signal?: AbortSignal): Promise<unknown> {
    using watch = new Watchdog(this.#clock, signal);
    const { silenceMsMax } = this.#limits;
    watch.limitSilence(silenceMsMax, () => silent(this.profile.label, silenceMsMax));
    this.#watches.add(watch);
    try {
      const response = await fetch(this.#baseUrl + this.#protocol.path, {
        method: "POST",
        headers: { "content-type": "application/json", ...this.#protocol.headers },
        body: JSON.stringify(body),
        signal: watch.signal,
        // Bun drops a connection that is silent for 5 minutes; the watch takes its place.
        timeout: false,
        // Like Go and curl, and unlike Bun 1.4.5, do not ask a proxy for this machine.
        ...(this.#direct ? { proxy: false } : {}),
      });
      // Read to its end in every case: only then does the connection serve the next batch.
      const text = await response.text();
      for (const waiting of this.#watches) waiting.heard();
      if (!response.ok) {
        const retryAfter = retryAfterMs(response.headers.get("retry-after"), this.#clock.date().getTime());
        throw classifyAnswer(this.profile, { status: response.status, body: text, retryAfterMs: retryAfter });
      }
      return this.#parse(text);
    } catch (error) {
      if (watch.signal.aborted) throw watch.signal.reason;
      throw error instanceof IngestError ? error : classifyThrown(this.profile, error);
    } finally {
      this.#watches.delete(watch);
    }
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch (error) {
      if (!/^\s*</.test(text))
        throw badAnswer(this.profile.label, `what is not JSON (${quoted(messageOf(error), this.profile.secrets)})`);
      throw new IngestError(`${this.profile.label} answered with an HTML page`, {
        decision: "retry",
        code: "not_an_embedder",
        hint: this.profile.hints.notAnEmbedder,
      });
    }
  }

  get #expected() {
    const { label, model, hints } = this.profile;
    const shortening = this.#shortens ? hints.shortening : undefined;
    return { dimensions: this.dimensions, label, model, shortening };
  }
}

function silent(label: string, silenceMsMax: number): IngestError {
  return new IngestError(`${label} has not answered anything for ${Math.round(silenceMsMax / 1000)} s`, {
    decision: "retry",
    code: "timeout",
    hint: "a slow machine needs smaller batches: lower embedding_batch_size",
  });
}

function isLoopback(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? "";
  return host === "localhost" || host.startsWith("127.") || host === "[::1]";
}
