import type { ErrorCode } from "../flow/error-codes.ts";
import { type Decision, IngestError } from "../flow/errors.ts";
import { readServerError } from "./error-text.ts";

/** What messages about a server need to know of it. */
export type ServerProfile = {
  /** Base URL without credentials. */
  readonly label: string;
  readonly model: string;
  /** Keys that a server might echo; never shown. */
  readonly secrets: readonly string[];
  readonly hints: {
    /** What sets the server's address. */
    readonly address: string;
    readonly unreachable: string;
    readonly modelMissing: string;
    readonly unauthorized: string;
    readonly notAnEmbedder: string;
    /** For several servers that give different vectors for one text. */
    readonly modelsDiffer: string;
    /** What shortens vectors to another length. */
    readonly shortening: string;
  };
};

/** A batch was refused for its size. `batchSizeMax` is the server's limit, where it named one. */
export class BatchTooLargeError extends IngestError {
  readonly batchSizeMax: number | undefined;

  constructor(message: string, batchSizeMax: number | undefined) {
    super(message, { decision: "split", code: "batch_too_large" });
    this.batchSizeMax = batchSizeMax;
  }
}

/** Codes of errors that say the server as a whole is away, busy or restarting, rather than at odds with one batch. */
const OUTAGE_CODES: ReadonlySet<ErrorCode> = new Set([
  "embedder_unreachable",
  "connection_lost",
  "embedder_busy",
  "embedder_unavailable",
  "runner_died",
]);

/** True when waiting for the server may help, also for the `fatal` errors of a probe. */
export function isOutage(error: IngestError): boolean {
  return OUTAGE_CODES.has(error.code);
}

const GONE_CODES: ReadonlySet<ErrorCode> = new Set(["embedder_unreachable", "connection_lost", "embedder_unavailable"]);

/** True when nothing answers that could be asked again in a moment. */
export function isGone(error: IngestError): boolean {
  return GONE_CODES.has(error.code);
}

// All of them search what `readServerError` gives, which is short: some take a time that grows with its square.

// Ollama answers 400 (since 0.13.3; 500 before) when the process that runs the model died: it starts another one.
const DEAD_RUNNER = /\bEOF\b|connection re(fused|set)|do embedding request|unexpected server status/i;
// LM Studio, which loads a model when it is asked for, and unloads it again when it was not for a while.
const NOT_LOADED = /failed to load model|no models? loaded|model is (currently )?loading|loading model/i;
// TEI and SiliconFlow; DashScope; Voyage; OpenAI; Cohere; others.
const BATCH_SIZE_MAX =
  /maximum allowed batch size (\d+)|batch size.*?larger than (\d+)|batch size limit is (\d+)|array (?:too long.*?maximum length|exceeds maximum of) (\d+)|number of (?:texts|inputs) (?:must be at most|exceeds\D{0,40}) ?(\d+)|too many (?:texts|inputs)\b.*?\bmax(?:imum)?\D{0,10}(\d+)/i;
const BATCH_TOO_LARGE =
  /tokens per request|max_tokens_per_request|request too large|\b(body|payload)( size)? (is )?(too large|exceeds)|split into more batches|per submitted batch|invalid input batch|in one batch|maximum batch\b|too many (texts|inputs|items)\b|only (a )?single input/i;
const TOO_LONG =
  /\bexceeds?\b|exceed_context|too (large|long)|longer than|maximum (context|input|model) length|(less than|at most) \d+ (tokens|characters)|max_?length|reduce the length|input length should be|too many (input )?tokens|token (limit|count)/i;
// llama.cpp: `input (600 tokens) is too large to process. increase the physical batch size`, a 500 that never passes.
const TOO_LONG_THOUGH_500 = /\b(input|prompt|tokens?)\b.*\b(too (large|long)|exceeds?)\b|exceed_context/i;
const NOT_A_NUMBER = /\bNaN\b/;
const MODEL_MISSING =
  /model_not_found|DeploymentNotFound|\b(models?|deployment)\b.*\b(not (found|exist|available)|does not exist|not a valid model)|(invalid|unknown|no such|could not find) model\b|not a valid model\b|\bmodel ["'\x60]?[\w./:-]+["'\x60]? is not supported/i;
const MODEL_UNFIT = /does not support|not an embeddings? model/i;
const QUOTA = /insufficient_quota|billing_hard_limit|billing_not_active/i;
const OUT_OF_MONEY =
  /exceeded your current quota|insufficient (balance|quota|credits?|funds)|balance is (insufficient|too low)|credit balance|out of credits/i;
// Google says of its limits a minute that the quota is exceeded, too.
const PER_MINUTE = /RESOURCE_EXHAUSTED|per (second|minute)|rate.?limit/i;
const BUSY = /too many requests|throttl|rate.?limit.{0,10}\b(exceeded|reached)/i;
const WRONG_KEY =
  /\bapi[ _-]?key\b.{0,30}\b(invalid|not valid|missing|expired|incorrect|required)|\b(invalid|incorrect|missing|expired|no) api[ _-]?key|unauthori[sz]ed|authentication (failed|error|required)|invalid_authentication/i;
const OTHER_ENDPOINT = /unexpected endpoint|no route matches|invalid url \(/i;
const WANTS_TLS = /plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS server/i;

/**
 * The error that an answer without vectors stands for. The status alone cannot tell: see the patterns above; and some
 * servers answer 200 to everything.
 */
export function classifyAnswer(
  server: ServerProfile,
  answer: { readonly status: number; readonly body: string; readonly retryAfterMs: number | undefined },
): IngestError {
  const { retryAfterMs } = answer;
  const { text, kind, status: named } = readServerError(answer.body, server.secrets);
  const status = answer.status < 400 ? (named ?? answer.status) : answer.status;
  const said = `${text} ${kind}`;
  const message = `${server.label} answered ${answer.status}${text === "" ? "" : `: ${text}`}`;
  const fails = (decision: Decision, code: ErrorCode, hint?: string) =>
    new IngestError(message, { decision, code, hint });
  const passes = (code: ErrorCode, hint?: string) =>
    new IngestError(message, { decision: "retry", code, retryAfterMs, hint });
  const fine = status < 400;
  const refused = fine || status === 400 || status === 413 || status === 422;
  const broken = status >= 500;

  const unpaid = status === 402 || QUOTA.test(said) || (OUT_OF_MONEY.test(said) && !PER_MINUTE.test(said));
  if (unpaid) return fails("fatal", "quota_exhausted", "the account behind the key has no quota left");
  if (status === 407) return fails("fatal", "unauthorized", "give user and password of the proxy in HTTPS_PROXY");
  const busy = [429, 503, 529].includes(status) || (!broken && status !== 401 && BUSY.test(said));
  const keyRefused = !busy && (status === 401 || status === 403 || (refused && WRONG_KEY.test(said)));
  if (keyRefused) return fails("fatal", "unauthorized", server.hints.unauthorized);
  if (WANTS_TLS.test(text)) {
    return fails(
      "fatal",
      "not_an_embedder",
      `it speaks TLS: begin its address with https://, in ${server.hints.address}`,
    );
  }
  if ((refused || broken) && DEAD_RUNNER.test(text)) return passes("runner_died");
  if ((refused || status === 404) && NOT_LOADED.test(text)) return passes("server_error", server.hints.modelMissing);
  const batch = BATCH_SIZE_MAX.exec(text);
  if (!broken && batch !== null) return new BatchTooLargeError(message, Number(batch.slice(1).find(Boolean)));
  if ((!broken || status === 500) && BATCH_TOO_LARGE.test(said)) return new BatchTooLargeError(message, undefined);
  if (status === 413 && !/token|context/i.test(said)) return new BatchTooLargeError(message, undefined);
  if ((refused && TOO_LONG.test(said)) || (broken && TOO_LONG_THOUGH_500.test(said))) return fails("split", "too_long");
  if ((refused || broken) && NOT_A_NUMBER.test(text)) return fails("split", "bad_vector");
  if ((refused || status === 404) && MODEL_MISSING.test(said)) {
    return new IngestError(
      `model "${server.model}" is not on ${server.label}, which answered ${answer.status}: ${text}`,
      {
        decision: "fatal",
        code: "model_missing",
        hint: server.hints.modelMissing,
      },
    );
  }
  if (status === 501 || ((refused || status === 500) && MODEL_UNFIT.test(text))) {
    return fails("fatal", "model_unfit", "choose a model made for embeddings: --model NAME");
  }
  if (busy) return passes("embedder_busy");
  if (status === 404 || status === 405 || (fine && (text === "" || OTHER_ENDPOINT.test(text)))) {
    return fails("fatal", "not_an_embedder", server.hints.notAnEmbedder);
  }
  if (fine) return passes("bad_answer", server.hints.notAnEmbedder);
  // Cloudflare has numbers of its own for a server that is away.
  if (status === 502 || status === 504 || (status >= 520 && status <= 530)) {
    return passes("embedder_unavailable", "a proxy answers in its place: is the server behind it running?");
  }
  // 424: TEI's backend failed. 499: something between us and the server hung up.
  if (broken || [408, 424, 425, 499].includes(status)) return passes("server_error");
  return fails("split", "refused");
}
