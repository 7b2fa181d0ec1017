import type { SourceEntry } from "../parser.ts";
import { IngestError } from "../../flow/errors.ts";
import { withRetry } from "../../flow/retry.ts";
import { decodeText } from "../decode-text.ts";
import { AGENT, httpGet, type HttpResponse, type BytesMax, contentTypeOf } from "./http-get.ts";
import type { CachedPage, PageCache } from "./page-cache.ts";
import { pageUrl, shortUrl } from "./page-url.ts";
import { parseRobots, type Robots } from "./robots.ts";
import type { WebAccess } from "./web-access.ts";

/** A page that was read. */
export type Page = {
  readonly kind: "page";
  /** Where it was found in the end, after redirects. */
  readonly url: string;
  /** As the server sent it, charset included. */
  readonly contentType: string;
  readonly bytes: Uint8Array;
};

/** There is no page, and rightly so: documents it made before leave. */
export type NoPage = {
  readonly kind: "none";
  readonly reason: string;
  /** The server has nothing there. */
  readonly isGone: boolean;
};

type FetcherOptions = {
  readonly web: WebAccess;
  readonly source: SourceEntry;
  /** The first page; nothing is asked of another host. */
  readonly start: string;
  readonly rateLimitMs: number;
  readonly bytesMax: BytesMax;
  readonly cache: PageCache;
  readonly signal: AbortSignal;
};

type FetchOptions = {
  /** Whether a redirect may lead there. */
  readonly isWanted?: (url: URL) => boolean;
  readonly bytesMax?: BytesMax;
};

const REDIRECTS_MAX = 8;
const RETRIES = 3;
/** RFC 9309 asks for at least 500 KiB; what follows is not read. */
const ROBOTS_BYTES_READ = 512 * 1_024;
/** Sitemaps that `robots.txt` names and that are asked for. */
const SITEMAPS_MAX = 10;
const ROBOTS_BYTES_MAX = 16 * 1_048_576;

/** Pages of one host, asked for one after the other, politely. */
export class PageFetcher {
  readonly #options: FetcherOptions;
  readonly #host: string;
  #robots: Robots | undefined;
  /** Unpacked. */
  #bytes = 0;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#host = new URL(options.start).host;
  }

  /** Bytes of all pages so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the address is one of the host's own. */
  isOwn(url: string): boolean {
    return new URL(url).host === this.#host;
  }

  /** Reads what the site says to programs. Throws an `IngestError` (`skip`) when it cannot be asked. */
  async prepare(): Promise<void> {
    const url = new URL("/robots.txt", this.#options.start).href;
    const { status, bytes } = await this.#robotsAt(url);
    if (status >= 500) throw failed(`the server answered ${status}`);
    // RFC 9309: what is not there allows everything; what is forbidden to read does so too.
    const text = status === 200 ? new TextDecoder().decode(bytes.subarray(0, ROBOTS_BYTES_READ)) : "";
    this.#robots = parseRobots(url, text, AGENT);
  }

  /** Sitemaps of the own host that `robots.txt` names. */
  get sitemaps(): string[] {
    const { start } = this.#options;
    const named = (this.#robots?.sitemaps ?? []).flatMap((place) => pageUrl(place, start)?.href ?? []);
    return named.filter((url) => this.isOwn(url)).slice(0, SITEMAPS_MAX);
  }

  async #robotsAt(url: string): Promise<HttpResponse> {
    for (let at = url, hops = 0; ; hops++) {
      const response = await this.#request(at, undefined, () => ROBOTS_BYTES_MAX);
      const to = isRedirect(response.status) ? targetOf(response, at) : undefined;
      if (to === undefined || !this.isOwn(to) || hops === REDIRECTS_MAX) return response;
      at = to;
    }
  }

  /**
   * Follows redirects on the own host. Throws an `IngestError` for what may be there another time: `retry` when the server
   * did not answer even after retries, else `skip`.
   */
  async fetch(
    url: string,
    { isWanted = () => true, bytesMax = this.#options.bytesMax }: FetchOptions = {},
  ): Promise<Page | NoPage> {
    const passed = new Set<string>();
    for (let at = url; ;) {
      if (!(this.#robots?.allows(at) ?? true)) return none(`robots.txt does not allow ${at === url ? "it" : at}`);
      const cached = this.#options.cache.get(at);
      const response = await this.#request(at, cached, bytesMax);
      if (!isRedirect(response.status)) return this.#pageOf(response, at, cached, bytesMax);
      const { status } = response;
      const to = targetOf(response, at);
      if (to === undefined) throw failed(`a redirect (${status}) that leads nowhere`);
      const isForGood = status === 301 || status === 308;
      const isElsewhere = !this.isOwn(to) || !isWanted(new URL(to));
      if (isElsewhere) {
        const where = `${shortUrl(to)}, ${this.isOwn(to) ? "which is not of this source" : "on another host"}`;
        if (isForGood) return none(`moved for good to ${where}`);
        throw failed(`redirected to ${where}`);
      }
      passed.add(at);
      if (passed.has(to)) throw failed(`redirects in a circle, back to ${shortUrl(to)}`);
      if (passed.size > REDIRECTS_MAX) throw failed(`more than ${REDIRECTS_MAX} redirects`);
      at = to;
    }
  }

  #pageOf(
    { status, headers, bytes }: HttpResponse,
    url: string,
    cached: CachedPage | undefined,
    bytesMax: BytesMax,
  ): Page | NoPage {
    if (status === 304 && cached !== undefined) {
      this.#options.cache.keep(url);
      this.#bytes += cached.bytes.length;
      return { kind: "page", url, contentType: cached.contentType, bytes: cached.bytes };
    }
    if (status === 404 || status === 410) return none(`gone: the server answered ${status}`, true);
    if (status === 401 || status === 403 || status === 407) throw failed(`not open to everybody: ${status}`);
    if (status !== 200) throw failed(`the server answered ${status}`);
    const type = contentTypeOf(headers);
    if (bytesMax(type, url) === 0) return none(`not a page: ${type}`);
    this.#bytes += bytes.length;
    const contentType = headers.get("content-type") ?? "";
    const validators = { etag: headers.get("etag") ?? "", lastModified: headers.get("last-modified") ?? "" };
    this.#options.cache.put(url, { contentType, validators, bytes });
    return { kind: "page", url, contentType, bytes };
  }

  #request(url: string, cached: CachedPage | undefined, bytesMax: BytesMax): Promise<HttpResponse> {
    const { web, rateLimitMs, signal } = this.#options;
    const { clock, pace } = web;
    return withRetry(
      async () => {
        await pace.turn(this.#host, Math.max(rateLimitMs, this.#robots?.delayMs ?? 0), signal);
        return httpGet({ url, validators: cached?.validators, bytesMax, clock, signal });
      },
      { retries: RETRIES, clock, signal },
    );
  }
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** Where a redirect leads. Servers send the address as UTF-8, which `fetch` reads as Latin-1. */
function targetOf({ headers }: HttpResponse, url: string): string | undefined {
  const location = headers.get("location") ?? "";
  return pageUrl(decodeText(Buffer.from(location, "latin1")), url)?.href;
}

function none(reason: string, isGone = false): NoPage {
  return { kind: "none", reason, isGone };
}

function failed(message: string): IngestError {
  return new IngestError(message, { decision: "skip", code: "unreadable" });
}
