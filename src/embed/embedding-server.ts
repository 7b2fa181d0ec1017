import { type Clock, systemClock } from "../flow/clock.ts";
import { IngestError } from "../flow/errors.ts";
import { retryAfterMs } from "../flow/retry-after.ts";
import { Watchdog } from "../flow/watchdog.ts";
import { parseJson } from "../text/parse-json.ts";
import { classifyAnswer, isOutage, type ServerProfile } from "./classify.ts";
import { classifyThrown } from "./classify-thrown.ts";
import type { EmbedderServer, ServerFacts } from "./embedder.ts";
import { type Endpoint, endpointOf } from "./endpoint.ts";
import { errorIn, quoted, readServerError } from "./error-text.ts";
import { type Key, keyProblem, trimmedKey } from "./key.ts";
import { type AnswerText, readAnswer } from "./read-answer.ts";
import { isLoopback, send } from "./send.ts";
import { badAnswer, lengthOfFirst, verifiedVectors, wrongDimension } from "./verify.ts";

/** How one kind of server is talked to: all that tells one provider from another. */
export type Protocol = {
  readonly provider: string;
  /** Appended to the base URL. */
  readonly path: string;
  readonly key: Key;
  /** How the server wants its key; a URL's user and password take its place. */
  keyHeaders(key: string, url: string): Readonly<Record<string, string>>;
  /** The body of a request; `dimensions` only where the server shall shorten its vectors. */
  request(texts: readonly string[], dimensions: number | undefined): object;
  /** The vectors of an answer in the order of the texts, not checked yet. */
  vectors(answer: unknown, label: string): unknown;
  /** Where a server says which model it runs behind a name, and how to read that. */
  readonly digest?: { readonly path: string; read(answer: unknown): string | undefined };
  /** What else a server says of itself; `ask` gives what it answers at a path, undefined when that is nothing. */
  facts?(ask: (path: string, body?: object) => Promise<unknown>): Promise<ServerFacts>;
  hints(label: string, baseUrl: string): ServerProfile["hints"];
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
/** Of an answer without vectors, and for each text that has one: 32,768 numbers, printed at length. */
const ANSWER_BYTES_MAX = 1_048_576;
const SHOWN_LENGTH_MAX = 200;

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
export class EmbeddingServer implements EmbedderServer {
  readonly profile: ServerProfile;
  readonly dimensions: number;
  readonly #protocol: Protocol;
  readonly #baseUrl: string;
  readonly #endpoint: Endpoint;
  readonly #clock: Clock;
  readonly #limits: ServerLimits;
  /** One for each request in flight: an answer to one is a sign of life for all. */
  readonly #watches = new Set<Watchdog>();
  #shortens = false;
  #inFlight = 0;
  #restsUntil = 0;

  constructor(baseUrl: string, protocol: Protocol, options: ServerOptions) {
    const { model, dimensions, clock = systemClock, limits } = options;
    this.#endpoint = endpointOf(baseUrl, protocol.path);
    const { label, secrets } = this.#endpoint;
    const hints = protocol.hints(label, baseUrl);
    this.profile = { label, model, secrets: [trimmedKey(protocol.key), ...secrets], hints };
    this.dimensions = dimensions;
    this.#protocol = protocol;
    this.#clock = clock;
    this.#baseUrl = baseUrl;
    this.#limits = { ...SERVER_LIMITS, ...limits };
  }

  get place(): string {
    return this.profile.label;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How long this server is still to be passed over, in milliseconds; 0 for one that works. */
  get restMs(): number {
    return Math.max(0, this.#restsUntil - this.#clock.now());
  }

  async embedBatch(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
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
    const { digest } = this.#protocol;
    return digest === undefined ? undefined : digest.read(await this.#askAside(digest.path, signal));
  }

  async facts(signal?: AbortSignal): Promise<ServerFacts> {
    const [digest, facts] = await Promise.all([
      this.digest(signal),
      this.#protocol.facts?.((path, body) => this.#askAside(path, signal, body)),
    ]);
    return { ...facts, digest };
  }

  /** What it answers to a question that can be done without; undefined when that is nothing. */
  async #askAside(path: string, signal?: AbortSignal, body?: object): Promise<unknown> {
    const { url } = endpointOf(this.#baseUrl, path);
    using watch = new Watchdog(this.#clock, signal);
    watch.limitSilence(DIGEST_MS_MAX, () => silent(this.profile.label, DIGEST_MS_MAX));
    try {
      const response = await fetch(url, {
        ...{ headers: this.#headers(url), signal: watch.signal, redirect: "manual" },
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
        ...{ verbose: false, decompress: false, ...(isLoopback(url) ? { proxy: false } : {}) },
      });
      const { text } = await readAnswer(response, ANSWER_BYTES_MAX, this.profile.label);
      return response.ok ? parseJson(text) : undefined;
    } catch {
      signal?.throwIfAborted();
      return undefined;
    }
  }

  async #embed(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const refusal = keyProblem(this.#protocol.key) ?? this.#protocol.refusal?.(this.#baseUrl);
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
      // The same texts passed without it.
      const refused = error instanceof IngestError && (error.decision === "split" || error.code === "model_unfit");
      throw refused ? wrongDimension(this.#expected, length, error) : error;
    }
  }

  async #ask(texts: readonly string[], signal?: AbortSignal): Promise<unknown> {
    const { label } = this.profile;
    const body = JSON.stringify(this.#protocol.request(texts, this.#shortens ? this.dimensions : undefined));
    const { response, text, cut } = await this.#post(body, (texts.length + 1) * ANSWER_BYTES_MAX, signal);
    const failed = () => {
      const wait = waitAsked(response.headers, this.#clock.date().getTime());
      return classifyAnswer(this.profile, { status: response.status, body: text, retryAfterMs: wait });
    };
    if (!response.ok) throw failed();
    if (cut) throw badAnswer(label, `more than ${texts.length + 1} MB`);
    const answer = parseJson(text);
    if (answer === undefined) throw this.#noJson(text);
    const rows = this.#protocol.vectors(answer, label);
    // An error in the body of an answer that says it is none.
    if ((!Array.isArray(rows) || rows.length === 0) && errorIn(answer) !== "") throw failed();
    if (!Array.isArray(rows)) {
      const said = quoted(text.slice(0, SHOWN_LENGTH_MAX), this.profile.secrets);
      throw badAnswer(label, `no list of vectors: ${said}`, this.profile.hints.notAnEmbedder);
    }
    return rows;
  }

  /** Reads the answer to its end, or as far as is worth it. */
  async #post(
    body: string,
    bytesMax: number,
    signal?: AbortSignal,
  ): Promise<AnswerText & { readonly response: Response }> {
    using watch = new Watchdog(this.#clock, signal);
    const { silenceMsMax } = this.#limits;
    watch.limitSilence(silenceMsMax, () => silent(this.profile.label, silenceMsMax));
    this.#watches.add(watch);
    try {
      const response = await send(this.profile, this.#endpoint, {
        ...{ body, signal: watch.signal, path: this.#protocol.path },
        headers: (url) => this.#headers(url),
      });
      const answer = await readAnswer(response, response.ok ? bytesMax : ANSWER_BYTES_MAX, this.profile.label);
      for (const waiting of this.#watches) waiting.heard();
      return { ...answer, response };
    } catch (error) {
      if (watch.signal.aborted) throw watch.signal.reason;
      throw error instanceof IngestError ? error : classifyThrown(this.profile, error);
    } finally {
      this.#watches.delete(watch);
    }
  }

  #headers(url: string): Readonly<Record<string, string>> {
    const { authorization } = this.#endpoint;
    if (authorization !== undefined) return { authorization };
    const key = trimmedKey(this.#protocol.key);
    return key === "" ? {} : this.#protocol.keyHeaders(key, url);
  }

  /** A page comes from something else than the server, such as the network's login. */
  #noJson(text: string): IngestError {
    const { label, hints, secrets } = this.profile;
    const { text: said } = readServerError(text, secrets);
    if (!/^\s*</.test(text))
      return badAnswer(label, said === "" ? "nothing" : `what is no JSON: ${said}`, hints.notAnEmbedder);
    return new IngestError(`${label} answered with ${said}`, {
      decision: "retry",
      code: "not_an_embedder",
      hint: hints.notAnEmbedder,
    });
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

/** How long the server asks us to wait. OpenAI and Azure say it in milliseconds, too. */
function waitAsked(headers: Headers, nowMs: number): number | undefined {
  const exact = Number(headers.get("retry-after-ms") ?? "");
  return exact > 0 ? Math.ceil(exact) : retryAfterMs(headers.get("retry-after"), nowMs);
}
