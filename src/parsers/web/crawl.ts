import { count } from "../../text/words.ts";
import type { Unlisted } from "../parser.ts";
import type { NoPage, Page, PageFetcher } from "./page-fetcher.ts";
import { pageKey, shortUrl } from "./page-url.ts";
import { isUnanswered, reasonOf, unlisted } from "./reason.ts";
import type { CrawlLimits, CrawlScope, PageOutcome, ReadPage } from "./crawl-scope.ts";
import { LeftOut, leftPages } from "./left-out.ts";
import { listedPages, type PagePlaces } from "./listed-pages.ts";
import type { ListPlace } from "./page-list.ts";
import { sitemapAt } from "./sitemap.ts";

/** That many pages in a row without an answer: the server is away, and asking on would take hours. */
const UNANSWERED_MAX = 5;

/** The pages of a source, each once, in the order in which links lead to them: never in that of their arrival. */
export class Crawl<Read extends ReadPage> {
  readonly #scope: CrawlScope<Read>;
  readonly #fetcher: PageFetcher;
  readonly #limits: CrawlLimits;
  readonly #leftOut = new LeftOut();
  /** The places of each page that is to be read: the first one that is there is it. */
  readonly #queue: [string, ...string[]][] = [];
  /** Keys of what is or was in the queue, by the first of its places. */
  readonly #known = new Set<string>();
  /** Keys of what was asked for. */
  readonly #fetched = new Set<string>();
  /** Keys of pages that were read, with the identity of their text. */
  readonly #read = new Map<string, string>();
  /** Addresses of pages with text, by what a reader sees of them. */
  readonly #twins = new Map<string, string>();
  /** Lists that pages name, by their addresses. */
  readonly #lists = new Map<string, ListPlace>();
  /** Addresses of lists that were asked for. */
  readonly #listed = new Set<string>();
  #startPage: Page | undefined;
  /** 1 where the start page is one of the source's own. */
  #startPages = 0;
  #unanswered = 0;
  /** Pages that links and lists lead to. */
  #found = 0;
  /** Every page was asked for, and nothing failed. */
  whole = false;

  constructor(scope: CrawlScope<Read>, fetcher: PageFetcher, limits: CrawlLimits) {
    this.#scope = scope;
    this.#fetcher = fetcher;
    this.#limits = limits;
  }

  async *pages(): AsyncGenerator<PageOutcome<Read> | Unlisted> {
    let failures = 0;
    for await (const outcome of this.#all()) {
      if (outcome.kind === "failed" || outcome.kind === "unlisted") failures++;
      yield outcome;
    }
    yield* this.#leftOut.rest(this.#scope.start);
    this.whole = failures === 0 && this.#queue.length === 0 && this.#leftOut.beyond === undefined;
  }

  async *#all(): AsyncGenerator<PageOutcome<Read> | Unlisted> {
    try {
      await this.#fetcher.prepare();
    } catch (error) {
      const { href } = new URL("/robots.txt", this.#scope.start);
      yield unlisted(href, `what it allows is not known: ${reasonOf(error)}`);
      return;
    }
    yield* this.#begin();
    if (!(yield* this.#fetchQueue())) return;
    // Pages that menus made by scripts lead to, and no other page does.
    if (this.#scope.follows && this.#leftOut.beyond === undefined) {
      yield* this.#fromLists();
      if (!(yield* this.#fetchQueue())) return;
      // More come while it goes on.
      for (const list of this.#lists.values()) {
        yield* this.#fromList(list);
        if (!(yield* this.#fetchQueue())) return;
      }
    }
    if (this.#leftOut.beyond !== undefined) yield this.#pagesReached(this.#leftOut.beyond);
  }

  /** False when a limit ended it. */
  async *#fetchQueue(): AsyncGenerator<PageOutcome<Read> | Unlisted, boolean> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (next.some((place) => this.#read.has(pageKey(place)))) continue;
      yield* this.#fetchPage(next, true);
      const limit = this.#limitReached();
      if (limit === undefined) continue;
      yield limit;
      return false;
    }
    return true;
  }

  /** Fills the queue from the start page, or that of an index from a list where its page leads nowhere. */
  async *#begin(): AsyncGenerator<PageOutcome<Read> | Unlisted> {
    const { start, follows } = this.#scope;
    try {
      const page = await this.#fetcher.fetch(start);
      if (page.kind === "none") yield unlisted(start, page.reason);
      else {
        const { links } = await this.#scope.read(page);
        this.#known.add(pageKey(start));
        // A crawl may begin at one of its own pages, which is not fetched twice.
        if (follows && this.#scope.isWanted(new URL(page.url))) {
          this.#startPage = page;
          this.#startPages = 1;
          this.#queue.push([start]);
        }
        yield* this.#take(links.map((link) => [link]));
      }
    } catch (error) {
      yield unlisted(start, reasonOf(error));
    }
    if (!follows && this.#found === 0) yield* this.#fromLists();
  }

  async *#fromLists(): AsyncGenerator<PageOutcome<Read> | Unlisted> {
    const { start, follows, lists } = this.#scope;
    for (const list of lists) {
      yield* this.#fromList(list);
      if (!follows && this.#found > 0) return;
    }
    const asked = new Set(lists.map(({ url }) => url));
    for (const url of this.#fetcher.sitemaps) {
      if (this.#found > 0) return;
      if (!asked.has(url)) yield* this.#fromList(sitemapAt(url, "fine"));
      asked.add(url);
    }
    // A crawl that has its first page and no other lost the others, more likely than not.
    if (this.#found === 0)
      yield unlisted(start, `no link to a page of this source, and none in a list of pages (${[...asked].join(", ")})`);
  }

  async *#fromList(list: ListPlace): AsyncGenerator<PageOutcome<Read> | Unlisted> {
    if (!this.#fetcher.isOwn(list.url)) {
      return yield { kind: "none", path: list.url, reason: "a list of pages on another host, which is not asked" };
    }
    for await (const found of listedPages(this.#fetcher, list, this.#listed)) {
      if ("kind" in found) yield found;
      else yield* this.#take(found);
    }
  }

  /** Asks for a page at each of its places until it is there, and says what became of it. */
  async *#fetchPage(
    places: readonly string[],
    mayBelongElsewhere: boolean,
  ): AsyncGenerator<PageOutcome<Read> | Unlisted> {
    let missing: PageOutcome<Read> | undefined;
    for (const path of places.filter((place) => !this.#fetched.has(pageKey(place)))) {
      this.#fetched.add(pageKey(path));
      try {
        const page = await this.#fetch(path);
        this.#unanswered = 0;
        if (page.kind === "page") return yield* this.#readPage(path, page, mayBelongElsewhere);
        // What is only one of its places was never promised.
        if (path === places[0]) missing = { kind: "none", path, reason: page.reason };
      } catch (error) {
        this.#unanswered = isUnanswered(error) ? this.#unanswered + 1 : 0;
        return yield this.#failed(path, error);
      }
    }
    if (missing !== undefined) yield missing;
  }

  /** Where a page claims to belong elsewhere, that place is read first. */
  async *#readPage(
    path: string,
    page: Page,
    mayBelongElsewhere: boolean,
  ): AsyncGenerator<PageOutcome<Read> | Unlisted> {
    const key = pageKey(page.url);
    if (this.#read.has(key)) {
      return yield { kind: "none", path, reason: `leads to ${shortUrl(page.url)}, which is read already` };
    }
    for (const known of [this.#known, this.#fetched]) known.add(key);
    this.#read.set(key, "");
    let read: Read;
    try {
      read = await this.#scope.read(page);
    } catch (error) {
      return yield this.#failed(path, error);
    }
    for (const place of [key, pageKey(path)]) this.#read.set(place, read.identity);
    for (const list of read.lists) if (!this.#lists.has(list.url)) this.#lists.set(list.url, list);
    if (this.#scope.follows) yield* this.#take(read.links.map((link) => [link]));
    const other = mayBelongElsewhere ? this.#elsewhere(page, read) : undefined;
    if (other !== undefined) {
      yield* this.#fetchPage([other], false);
      // Many a site names its front page on every page: only the same text is the same page.
      if (this.#read.get(pageKey(other)) === read.identity) {
        return yield { kind: "none", path, reason: `the same page as ${shortUrl(other)}` };
      }
    }
    const twin = read.twin === undefined ? undefined : this.#twins.get(read.twin);
    if (twin !== undefined) return yield { kind: "none", path, reason: `the same page as ${shortUrl(twin)}` };
    if (read.twin !== undefined) this.#twins.set(read.twin, page.url);
    yield { kind: "page", path, page, read };
  }

  /** Where the links of a page lead is not known either, so nothing may be swept. */
  #failed(path: string, error: unknown): PageOutcome<Read> | Unlisted {
    const reason = reasonOf(error);
    return this.#scope.follows ? unlisted(path, reason) : { kind: "failed", path, reason };
  }

  async #fetch(path: string): Promise<Page | NoPage> {
    const start = this.#startPage;
    this.#startPage = undefined;
    if (start !== undefined && path === this.#scope.start) return start;
    return this.#fetcher.fetch(path, { isWanted: (url) => this.#scope.isWanted(url) });
  }

  #elsewhere(page: Page, { canonical }: Read): string | undefined {
    if (canonical === undefined || pageKey(canonical) === pageKey(page.url)) return undefined;
    return this.#fetcher.isOwn(canonical) && this.#scope.isWanted(new URL(canonical)) ? canonical : undefined;
  }

  /** Takes the pages that are of this source, and names the others. */
  *#take(pages: readonly PagePlaces[]): Generator<PageOutcome<Read>> {
    for (const [first, ...others] of pages) {
      const isOwn = (url: URL) => this.#fetcher.isOwn(url.href) && this.#scope.isWanted(url);
      if (!isOwn(first)) {
        const reason = this.#scope.whyLeftOut(first);
        if (reason !== undefined) yield* this.#leftOut.name(first.href, reason);
        continue;
      }
      const key = pageKey(first.href);
      if (this.#known.has(key)) continue;
      if (this.#found + this.#startPages >= this.#limits.pagesMax) {
        this.#leftOut.addBeyond(first.href);
        continue;
      }
      this.#known.add(key);
      this.#found++;
      this.#queue.push([first.href, ...others.filter(isOwn).map(({ href }) => href)]);
    }
  }

  #limitReached(): Unlisted | undefined {
    if (this.#queue.length === 0) return undefined;
    const { bytesMax } = this.#limits;
    const { start } = this.#scope;
    const left = (what: string) =>
      leftPages(
        this.#queue.map(([place]) => place),
        count(this.#queue.length),
        what,
      );
    if (this.#unanswered >= UNANSWERED_MAX)
      return unlisted(start, `${UNANSWERED_MAX} pages in a row without an answer: ${left("not asked for")}`);
    if (this.#fetcher.bytes > bytesMax)
      return unlisted(start, `more than ${Math.round(bytesMax / 1_048_576)} MB: ${left("not read")}`);
    return undefined;
  }

  /** There may be others still, to which only those lead. */
  #pagesReached(beyond: string): PageOutcome<Read> | Unlisted {
    const { pagesMax, pagesAreChosen } = this.#limits;
    const reason = `page_limit is ${pagesMax}: at least ${beyond}`;
    const path = `${this.#scope.start}#page_limit`;
    return pagesAreChosen ? { kind: "none", path, reason } : unlisted(path, reason);
  }
}
