import type { ErrorCode } from "../flow/error-codes.ts";
import { type Decision, IngestError } from "../flow/errors.ts";
import { systemCode } from "../flow/system-reason.ts";
import { readServerError } from "./error-text.ts";

/** What messages about a server need to know of it. */
export type ServerProfile = {
  /** Base URL without credentials. */
  readonly label: string;
  readonly model: string;
  /** Keys that a server might echo; never shown. */
  readonly secrets: readonly string[];
  readonly hints: {
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

// Ollama answers 400 (since 0.13.3; 500 before) when the process that runs the model died: it starts another one.
const DEAD_RUNNER = /\bEOF\b|connection re(fused|set)|do embedding request|unexpected server status/i;
// TEI and SiliconFlow; DashScope; OpenAI.
const BATCH_SIZE_MAX =
  /maximum allowed batch size (\d+)|batch size.*?larger than (\d+)|array too long.*?maximum length (\d+)/i;
const BATCH_TOO_LARGE = /tokens per request|max_tokens_per_request|request too large/i;
const TOO_LONG = /\bexceeds?\b|exceed_context|too (large|long)|maximum (context|input) length|less than \d+ tokens/i;
// llama.cpp: `input (600 tokens) is too large to process. increase the physical batch size`, a 500 that never passes.
const TOO_LONG_THOUGH_500 = /\b(input|prompt|tokens?)\b.*\b(too (large|long)|exceeds?)\b|exceed_context/i;
const NOT_A_NUMBER = /\bNaN\b/;
const MODEL_MISSING = /model_not_found|\bmodel\b.*\b(not found|does not exist)|no models? loaded/i;
const MODEL_UNFIT = /does not support/i;
const QUOTA = /insufficient_quota/;

/** The error an answer other than 2xx stands for. The status alone cannot tell: see the patterns above. */
export function classifyAnswer(
  server: ServerProfile,
  answer: { readonly status: number; readonly body: string; readonly retryAfterMs: number | undefined },
): IngestError {
  const { status, retryAfterMs } = answer;
  const { text, kind } = readServerError(answer.body, server.secrets);
  const said = `${text} ${kind}`;
  const message = `${server.label} answered ${status}${text === "" ? "" : `: ${text}`}`;
  const fails = (decision: Decision, code: ErrorCode, hint?: string) =>
    new IngestError(message, { decision, code, hint });
  const passes = (code: ErrorCode) => new IngestError(message, { decision: "retry", code, retryAfterMs });
  const refused = status === 400 || status === 413 || status === 422;
  const broken = status >= 500;

  if (status === 401 || status === 403) return fails("fatal", "unauthorized", server.hints.unauthorized);
  if (QUOTA.test(kind)) return fails("fatal", "quota_exhausted", "the account behind the key has no quota left");
  if ((status === 400 || broken) && DEAD_RUNNER.test(text)) return passes("runner_died");
  const batch = BATCH_SIZE_MAX.exec(text);
  if (!broken && batch !== null) return new BatchTooLargeError(message, Number(batch[1] ?? batch[2] ?? batch[3]));
  if (!broken && BATCH_TOO_LARGE.test(said)) return new BatchTooLargeError(message, undefined);
  if (status === 413 && !/token|context/i.test(said)) return new BatchTooLargeError(message, undefined);
  if ((refused && TOO_LONG.test(said)) || (broken && TOO_LONG_THOUGH_500.test(said))) return fails("split", "too_long");
  if ((refused || broken) && NOT_A_NUMBER.test(text)) return fails("split", "bad_vector");
  if ((status === 400 || status === 404) && MODEL_MISSING.test(said)) {
    return new IngestError(`model "${server.model}" is not on ${server.label}`, {
      decision: "fatal",
      code: "model_missing",
      hint: server.hints.modelMissing,
      cause: message,
    });
  }
  if (status === 501 || ((status === 400 || status === 500) && MODEL_UNFIT.test(text))) {
    return fails("fatal", "model_unfit", "choose a model made for embeddings: --model NAME");
  }
  if (status === 404 || status === 405 || status < 400) {
    return fails("fatal", "not_an_embedder", server.hints.notAnEmbedder);
  }
  if (status === 429 || status === 503) return passes("embedder_busy");
  if (status === 502 || status === 504) return passes("embedder_unavailable");
  // 424: TEI's backend failed. 499: something between us and the server hung up.
  if (broken || [408, 424, 425, 499].includes(status)) return passes("server_error");
  return fails("split", "refused");
}

const UNREACHABLE =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|E(?:HOST|NET)(?:UNREACH|DOWN)|ETIMEDOUT|EPROTO|ERR_PROXY_TUNNEL)$/;

/**
 * What to throw for an error of `fetch`. Network failures come from Bun as a `TypeError` with a `code`;
 * anything without one is a bug of ours and comes back as it is.
 */
export function classifyThrown(server: ServerProfile, error: unknown): unknown {
  const code = systemCode(error);
  if (code === undefined || code.startsWith("ERR_INVALID_ARG_TYPE")) return error;
  const { label, hints } = server;
  const fails = (message: string, decision: Decision, kind: ErrorCode, hint?: string) =>
    new IngestError(message, { decision, code: kind, hint, cause: error });
  if (code === "ERR_INVALID_URL" || code === "ERR_INVALID_ARG_VALUE") {
    return fails(`${label} is not a URL of a server`, "fatal", "bad_url", hints.unreachable);
  }
  // Certificates do not heal by themselves.
  if (/CERT|UNABLE_TO_VERIFY/.test(code)) {
    const hint = "name the file of your authority in NODE_EXTRA_CA_CERTS";
    return fails(`the certificate of ${label} is not trusted (${code})`, "fatal", "certificate", hint);
  }
  if (UNREACHABLE.test(code)) {
    return fails(`${label} cannot be reached (${code})`, "retry", "embedder_unreachable", hints.unreachable);
  }
  return fails(`the connection to ${label} broke off (${code})`, "retry", "connection_lost");
}
