import { join } from "node:path";
import type { SourceEntry } from "../../../src/parsers/parser.ts";
import type { ParserEntry } from "../../../src/parsers/define-parser.ts";
import { webAccess } from "../../../src/parsers/web/web-access.ts";
import { parseContext, readAll, sourceOf, type TestContext, type WholeSource } from "../../support/read-source.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { WebClock } from "./web-clock.ts";

/** What a path answers: a page, or what to do with the nth request for it (from 1). */
export type Answer = string | ((request: Request, nth: number) => Response | Promise<Response>);

/** One request a site was asked. */
export type Asked = { readonly path: string; readonly headers: Headers; readonly atMs: number };

/** A site on the loopback address, its clock, and a folder for the pages that are kept. */
export class Site implements AsyncDisposable {
  readonly clock = new WebClock();
  readonly asked: Asked[] = [];
  readonly pages: Record<string, Answer>;
  readonly #counts = new Map<string, number>();
  readonly #directory = temporaryDirectory();
  readonly #server: ReturnType<typeof Bun.serve>;

  constructor(pages: Record<string, Answer>) {
    this.pages = pages;
    this.#server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      fetch: (request) => this.#answer(request),
      error: () => new Response("broken", { status: 500 }),
    });
  }

  /** `http://127.0.0.1:PORT` and a path. */
  url(path = ""): string {
    return `http://127.0.0.1:${this.#server.port}${path}`;
  }

  get paths(): string[] {
    return this.asked.map(({ path }) => path);
  }

  get cachePath(): string {
    return join(this.#directory.path, "pages.sqlite");
  }

  /** Forgets what was asked. */
  forget(): void {
    this.asked.length = 0;
  }

  context(start: string, context: Partial<TestContext> = {}, cacheWritable = true): TestContext {
    const url = this.url(start);
    const { clock, cachePath } = this;
    const settings = { advantage_index_url: url, kb_index_url: url, crawl_base_url: url };
    return parseContext({ web: webAccess({ clock, cachePath, cacheWritable }), settings, ...context });
  }

  /** All that a parser makes of the site, from the page at `start`. */
  read(
    parser: ParserEntry,
    start: string,
    { entry = {}, context = {} }: { entry?: Partial<SourceEntry>; context?: Partial<TestContext> } = {},
  ): Promise<WholeSource> {
    return readAll(parser, this.source(parser, entry), this.context(start, context));
  }

  source(parser: ParserEntry, entry: Partial<SourceEntry> = {}): SourceEntry {
    return sourceOf({ name: "site", parser: parser.name, dataDir: this.#directory.path, paths: [], ...entry });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
    this.#directory[Symbol.dispose]();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const path = pathname + search;
    const nth = (this.#counts.get(path) ?? 0) + 1;
    this.#counts.set(path, nth);
    this.asked.push({ path, headers: request.headers, atMs: this.clock.now() });
    const answer = this.pages[path];
    if (answer === undefined)
      return new Response("not here", { status: 404, headers: { "content-type": "text/html" } });
    if (typeof answer === "string") return html(answer);
    return answer(request, nth);
  }
}

export function html(
  body: string | Uint8Array<ArrayBuffer>,
  init: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(body, { status: init.status ?? 200, headers: { "content-type": "text/html", ...init.headers } });
}

/** A status in place of a page. */
export function status(code: number, headers: Record<string, string> = {}): Answer {
  return () => html("not a page", { status: code, headers });
}

export function redirect(to: string, code = 301): Answer {
  return status(code, { location: to });
}

/** A page of WebHelp with a text and links. */
export function topic(title: string, ...links: readonly string[]): string {
  const anchors = links.map((link) => `<a href="${link}">${link}</a>`).join(" ");
  return `<html><head><title>${title}</title></head><body><div id="mc-main-content"><h1>${title}</h1><p>All about ${title}.</p></div>${anchors}</body></html>`;
}

/** An article of a WordPress site. */
export function article(title: string): string {
  return `<html><head><title>${title}</title></head><body><article><div class="entry-content"><p>All about ${title}.</p></div></article></body></html>`;
}

/** An index page with links. */
export function index(...links: readonly string[]): string {
  return `<html><body><ul>${links.map((link) => `<li><a href="${link}">${link}</a></li>`).join("")}</ul></body></html>`;
}
