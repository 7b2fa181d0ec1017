import { IngestError } from "../flow/errors.ts";
import { printableJson } from "../text/printable.ts";
import { isMistake } from "./serving.ts";

/** When to ask again for what is away. */
const AGAIN_SECONDS = 5;
const MS_A_SECOND = 1_000;

/** An answer that no other site reads, no browser guesses at, and nothing keeps. */
export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${printableJson(JSON.stringify(value))}\n`, {
    status,
    headers: {
      ...{ "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" },
      ...{ "X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin" },
      ...headers,
    },
  });
}

/** What a request has wrong: `code` for programs, `message` for people. */
export function refused(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return json(status, { error: { code, message } }, headers);
}

export function tooLarge(bytesMax: number): Response {
  return refused(413, "too_large", `a request may have ${bytesMax} bytes`);
}

/** A question that has no answer: a mistake in it, what is away, or a fault of this program, of which others hear no more. */
export function failure(error: unknown): Response {
  if (!(error instanceof IngestError)) return refused(500, "bug", "this program has a fault; its stderr says more");
  const { code, message, retryAfterMs } = error;
  if (isMistake(error)) return refused(400, code === "usage" ? "bad_request" : code, message);
  const seconds = retryAfterMs === undefined ? AGAIN_SECONDS : Math.max(1, Math.ceil(retryAfterMs / MS_A_SECOND));
  return refused(503, code, message, { "Retry-After": String(seconds) });
}
