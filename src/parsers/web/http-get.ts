import { PROGRAM, VERSION } from "../../text/program.ts";
import type { Clock } from "../../flow/clock.ts";
import { IngestError } from "../../flow/errors.ts";
import { retryAfterMs } from "../../flow/retry-after.ts";
import { systemCode } from "../../flow/system-reason.ts";
import { Watchdog } from "../../flow/watchdog.ts";
import { PACKINGS, readBody } from "./read-body.ts";

/** What a server knows a page by; sent back, it makes an unchanged page cost a 304. */
export type Validators = { readonly etag: string; readonly lastModified: string };

/** The response to one request. The body is there for status 200 only, and whole. */
export type HttpResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
};

/** Bytes a body may have once it is unpacked, by its content type and address; 0 for one that is not wanted. */
export type BytesMax = (contentType: string, url: string) => number;

type HttpRequest = {
  readonly url: string;
  readonly validators?: Validators | undefined;
  readonly bytesMax: BytesMax;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** The name that `robots.txt` files may use for this program. */
export const AGENT = PROGRAM;
const USER_AGENT = `${PROGRAM}/${VERSION}`;
const ACCEPT = "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.1";

/** No byte for that long: the server is not going to answer. */
const IDLE_MS_MAX = 30_000;
/** A server that always sends one more byte must end too. */
const TOTAL_MS_MAX = 300_000;
/** Statuses that may pass. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504, 507, 508, 520, 521, 522, 523, 524]);

/**
 * One GET request that follows no redirect. Throws an `IngestError`: `retry` for what may pass (no connection, silence,
 * 429, 5xx), `skip` for a body that is too large.
 */
export async function httpGet(request: HttpRequest): Promise<HttpResponse> {
  const { url, signal, clock } = request;
  signal.throwIfAborted();
  // Its end also ends what was not read: the connection must not stay open for it.
  using watch = patience(clock, signal);
  try {
    const response = await fetch(url, {
      redirect: "manual",
      headers: {
        "user-agent": USER_AGENT,
        accept: ACCEPT,
        "accept-encoding": PACKINGS,
        ...conditions(request.validators),
      },
      decompress: false,
      signal: watch.signal,
      // The watch takes its place.
      timeout: false,
      // Or BUN_CONFIG_VERBOSE_FETCH prints the headers, keys included.
      verbose: false,
      // Like curl, and unlike Bun 1.4.5, do not ask a proxy for this machine.
      ...(isLoopback(url) ? { proxy: false } : {}),
    });
    watch.heard();
    const { status, headers } = response;
    if (PASSING.has(status)) throw passing(status, headers, clock);
    const most = status === 200 ? request.bytesMax(contentTypeOf(headers), url) : 0;
    const bytes = await readBody(response, most, () => watch.heard());
    return { status, headers, bytes };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (watch.signal.aborted) throw watch.signal.reason;
    throw error instanceof IngestError ? error : noResponse(error);
  }
}

/** Watches over one request, which is to tell what it hears. */
export function patience(clock: Clock, signal: AbortSignal): Watchdog {
  const error = (message: string) => new IngestError(message, { decision: "retry", code: "unreadable" });
  const watch = new Watchdog(clock, signal);
  watch.limitSilence(IDLE_MS_MAX, () => error(`no answer for ${IDLE_MS_MAX / 1_000} s`));
  watch.limitTime(TOTAL_MS_MAX, () => error(`it did not end within ${TOTAL_MS_MAX / 1_000} s`));
  return watch;
}

/** `text/html` of `Text/HTML; charset=utf-8`; "" when the server does not say. */
export function contentTypeOf(headers: Headers): string {
  return (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

function conditions(validators: Validators | undefined): Record<string, string> {
  if (validators === undefined) return {};
  return {
    ...(validators.etag === "" ? {} : { "if-none-match": validators.etag }),
    ...(validators.lastModified === "" ? {} : { "if-modified-since": validators.lastModified }),
  };
}

function passing(status: number, headers: Headers, clock: Clock): IngestError {
  const waitMs = retryAfterMs(headers.get("retry-after"), clock.date().getTime());
  return new IngestError(`the server answered ${status}`, {
    decision: "retry",
    code: "unreadable",
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing answers at its address",
  ConnectionRefused: "nothing answers at its address",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name cannot be looked up now",
  ECONNRESET: "the connection broke",
  ETIMEDOUT: "the connection timed out",
  EPROTO: "it does not answer by TLS, which https needs",
};
/** Codes of answers that are no HTTP. */
const NO_HTTP = /^(?:Invalid|Malformed|Unexpected|ResponseHeaders)/;

/** Network failures come from Bun with a `code`; anything without one is a bug of ours and comes back as it is. */
function noResponse(error: unknown): unknown {
  const code = systemCode(error);
  if (code === undefined || code.startsWith("ERR_INVALID_ARG")) return error;
  // Certificates do not heal by themselves.
  if (/CERT|UNABLE_TO_VERIFY/.test(code)) {
    const message = `the certificate of its server is not trusted (${code}); NODE_EXTRA_CA_CERTS names the file of an authority`;
    return new IngestError(message, { decision: "skip", code: "certificate", cause: error });
  }
  const reason = REASONS[code] ?? `${NO_HTTP.test(code) ? "its answer is no HTTP" : "the connection failed"} (${code})`;
  return new IngestError(reason, { decision: "retry", code: "unreadable", cause: error });
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname.startsWith("127.") || hostname === "[::1]";
}
