import { plural } from "../../text/words.ts";
import type { Unlisted } from "../parser.ts";
import type { NoPage, Page, PageFetcher } from "./page-fetcher.ts";
import { pageKey, shortUrl } from "./page-url.ts";
import { isUnanswered, reasonOf, unlisted } from "./reason.ts";
import { listedPages } from "./listed-pages.ts";
import type { ListPlace } from "./page-list.ts";
import { parseSitemap } from "./sitemap.ts";

/** What is read of a page as far as the crawl needs it. */
export type ReadPage = {
  readonly links: readonly URL[];
  /** Where the page says it belongs. */
  readonly canonical: string | undefined;
  /** Equal for pages with the same text. */
  readonly identity: string;
  /** Equal for pages that a reader could not tell apart: the same text in the same place. Undefined where there is no text. */
  readonly twin: string | undefined;
};

/** Which pages of a site are a source's. */
export type CrawlScope<Read extends ReadPage> = {
  /** An index of articles, or the page a crawl begins at. */
  readonly start: string;
  /** Whether the links of its pages are followed too. */
  readonly follows: boolean;
  /** Whether an address, on whatever host, is one of a page. */
  isWanted(url: URL): boolean;
  /** Asked by a crawl when its links are followed; else where the start page leads nowhere, until one leads somewhere. */
  readonly lists: readonly ListPlace[];
  /** Throws an `IngestError` (`skip`) for what is not a page. */
  read(page: Page): Read;
};

export type CrawlLimits = {
  readonly pagesMax: number;
  /** A limit that the user chose is no failure. */
  readonly pagesAreChosen: boolean;
  /** Bytes of all pages together. */
  readonly bytesMax: number;
};

/** What became of one address. */
export type PageOutcome<Read> =
  | { readonly kind: "page"; readonly path: string; readonly page: Page; readonly read: Read }
  | { readonly kind: "none" | "failed"; readonly path: string; readonly reason: string };

/** That many pages in a row without an answer: the server is away, and asking on would take hours. */
const UNANSWERED_MAX = 5;

/** The pages of a source, each once, in the order in which links lead to them: never in that of their arrival. */
export class Crawl<Read extends ReadPage> {
  readonly #scope: CrawlScope<Read>;
  readonly #fetcher: PageFetcher;
  readonly #limits: CrawlLimits;
  readonly #queue: string[] = [];
  /** Keys of what is or was in the queue. */
  readonly #known = new Set<string>();
  /** Keys of what was asked for. */
  readonly #fetched = new Set<string>();
  /** Keys of pages that were read, with the identity of their text. */
  readonly #read = new Map<string, string>();
  /** Addresses of pages with text, by what a reader sees of them. */
  readonly #twins = new Map<string, string>();
  #startPage: Page | undefined;
  /** 1 where the start page is one of the source's own. */
  #startPages = 0;
  #unanswered = 0;
  /** Pages that links and lists lead to. */
  #found = 0;
  /** The same, named because they are on another host. */
  #foreign = 0;
  #hasMore = false;
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
    this.whole = failures === 0 && this.#queue.length === 0 && !this.#hasMore;
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
    if (this.#scope.follows && !this.#hasMore) {
      yield* this.#fromLists();
      if (!(yield* this.#fetchQueue())) return;
    }
    if (this.#hasMore) yield this.#pagesReached();
  }

  /** False when a limit ended it. */
  async *#fetchQueue(): AsyncGenerator<PageOutcome<Read> | Unlisted, boolean> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      if (this.#fetched.has(pageKey(next))) continue;
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
        const { links } = this.#scope.read(page);
        this.#known.add(pageKey(start));
        // A crawl may begin at one of its own pages, which is not fetched twice.
        if (follows && this.#scope.isWanted(new URL(page.url))) {
          this.#startPage = page;
          this.#startPages = 1;
          this.#queue.push(start);
        }
        yield* this.#takeNamed(links);
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
      if (!asked.has(url)) yield* this.#fromList({ url, read: parseSitemap });
      asked.add(url);
    }
    // A crawl that has its first page and no other lost the others, more likely than not.
    if (this.#found === 0)
      yield unlisted(start, `no link to a page of this source, and none in a list of pages (${[...asked].join(", ")})`);
  }

  async *#fromList(list: ListPlace): AsyncGenerator<PageOutcome<Read> | Unlisted> {
    for await (const found of listedPages(this.#fetcher, list)) {
      if ("kind" in found) yield found;
      else yield* this.#takeNamed(found);
    }
  }

  /** Reads a page and says what became of it; where it claims to belong elsewhere, that place is read first. */
  async *#fetchPage(path: string, mayBelongElsewhere: boolean): AsyncGenerator<PageOutcome<Read> | Unlisted> {
    this.#fetched.add(pageKey(path));
    let page: Page | NoPage;
    let read: Read;
    try {
      page = await this.#fetch(path);
      this.#unanswered = 0;
      if (page.kind === "none") return yield { kind: "none", path, reason: page.reason };
      const key = pageKey(page.url);
      if (this.#read.has(key)) {
        const reason = `leads to ${shortUrl(page.url)}, which is read already`;
        return yield { kind: "none", path, reason };
      }
      for (const known of [this.#known, this.#fetched]) known.add(key);
      this.#read.set(key, "");
      read = this.#scope.read(page);
      for (const place of [key, pageKey(path)]) this.#read.set(place, read.identity);
    } catch (error) {
      this.#unanswered = isUnanswered(error) ? this.#unanswered + 1 : 0;
      const reason = reasonOf(error);
      // Where its links lead is not known either, so nothing may be swept.
      return yield this.#scope.follows ? unlisted(path, reason) : { kind: "failed", path, reason };
    }
    if (this.#scope.follows) this.#take(read.links);
    const other = mayBelongElsewhere ? this.#elsewhere(page, read) : undefined;
    if (other !== undefined) {
      if (!this.#fetched.has(pageKey(other))) yield* this.#fetchPage(other, false);
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

  /** Takes the links that are of this source, and names those that would be, were they not on another host. */
  async *#takeNamed(links: readonly URL[]): AsyncGenerator<PageOutcome<Read>> {
    this.#take(links);
    for (const { href } of links.filter((url) => this.#scope.isWanted(url) && !this.#fetcher.isOwn(url.href))) {
      const key = pageKey(href);
      if (this.#known.has(key) || this.#foreign >= this.#limits.pagesMax) continue;
      this.#known.add(key);
      this.#foreign++;
      yield { kind: "none", path: href, reason: "on another host, which is not asked" };
    }
  }

  #take(links: readonly URL[]): void {
    for (const url of links) {
      if (!this.#fetcher.isOwn(url.href) || !this.#scope.isWanted(url)) continue;
      const key = pageKey(url.href);
      if (this.#known.has(key)) continue;
      this.#hasMore ||= this.#found + this.#startPages >= this.#limits.pagesMax;
      if (this.#hasMore) return;
      this.#known.add(key);
      this.#found++;
      this.#queue.push(url.href);
    }
  }

  #limitReached(): Unlisted | undefined {
    const left = plural(this.#queue.length, "page");
    const { bytesMax } = this.#limits;
    const { start } = this.#scope;
    if (this.#queue.length === 0) return undefined;
    if (this.#unanswered >= UNANSWERED_MAX)
      return unlisted(start, `${UNANSWERED_MAX} pages in a row without an answer: ${left} not asked for`);
    if (this.#fetcher.bytes > bytesMax)
      return unlisted(start, `more than ${Math.round(bytesMax / 1_048_576)} MB: ${left} not read`);
    return undefined;
  }

  #pagesReached(): PageOutcome<Read> | Unlisted {
    const { pagesMax, pagesAreChosen } = this.#limits;
    const reason = `page_limit is ${pagesMax}, and there are more pages`;
    const path = `${this.#scope.start}#page_limit`;
    return pagesAreChosen ? { kind: "none", path, reason } : unlisted(path, reason);
  }
}
