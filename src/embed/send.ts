import { fatalError, type IngestError } from "../flow/errors.ts";
import { maskCredentials } from "../text/mask-credentials.ts";
import type { ServerProfile } from "./classify.ts";
import type { Endpoint } from "./endpoint.ts";

const REDIRECTS_MAX = 3;

type Sending = {
  readonly body: string;
  readonly signal: AbortSignal;
  /** Of the protocol, for the base URL that a redirect names. */
  readonly path: string;
  headers(url: string): Readonly<Record<string, string>>;
};

/**
 * Posts JSON. A redirect is followed where it keeps the request as it is and stays with the server; the others are
 * errors that name the other address: `fetch` would make a GET of the request, or send texts and key to a stranger.
 */
export async function send(server: ServerProfile, endpoint: Endpoint, sending: Sending): Promise<Response> {
  let { url } = endpoint;
  for (let redirects = 0; ; redirects++) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...sending.headers(url) },
      body: sending.body,
      signal: sending.signal,
      redirect: "manual",
      // Bun drops a connection that is silent for 5 minutes; the watchdog takes its place.
      timeout: false,
      // Or BUN_CONFIG_VERBOSE_FETCH prints the headers, keys included.
      verbose: false,
      // `readAnswer` does that.
      decompress: false,
      // Like Go and curl, and unlike Bun 1.4.5, do not ask a proxy for this machine.
      ...(isLoopback(url) ? { proxy: false } : {}),
    });
    const { status } = response;
    const location = response.headers.get("location");
    const target = location === null || status < 300 || status >= 400 ? null : URL.parse(location, url);
    if (target === null) return response;
    await response.body?.cancel();
    const keepsRequest = status === 307 || status === 308;
    if (!keepsRequest || !isSameServer(new URL(url), target) || redirects === REDIRECTS_MAX) {
      throw redirected(server, { status, target, path: sending.path, isCircle: redirects === REDIRECTS_MAX });
    }
    url = target.href;
  }
}

/** The same host and port, or the same host by TLS. */
function isSameServer(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true;
  return from.hostname === to.hostname && from.protocol === "http:" && to.protocol === "https:" && to.port === "";
}

function redirected(
  server: ServerProfile,
  redirect: { readonly status: number; readonly target: URL; readonly path: string; readonly isCircle: boolean },
): IngestError {
  const { status, target, path, isCircle } = redirect;
  // Its query may be long, and hold what is secret; `javascript:` and the like have no origin.
  const place = maskCredentials((target.host === "" ? target.protocol : target.origin) + target.pathname);
  const base = place.endsWith(path) ? place.slice(0, -path.length) : place;
  return fatalError(
    "redirected",
    `${server.label} answered ${status}: redirected to ${place}`,
    isCircle
      ? `it sends its clients on and on: set the address of the server behind it in ${server.hints.address}`
      : `if that is your server, set ${base} in ${server.hints.address}; a page to log in at means that a proxy wants to know you`,
  );
}

/** Whether a URL is of this machine. */
export function isLoopback(url: string): boolean {
  const host = URL.parse(url)?.hostname ?? "";
  return host === "localhost" || host.startsWith("127.") || host === "[::1]";
}
