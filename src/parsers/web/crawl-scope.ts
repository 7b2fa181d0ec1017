import type { LeftOutReason } from "./left-out.ts";
import type { Page } from "./page-fetcher.ts";
import type { ListPlace } from "./page-list.ts";

/** What is read of a page as far as the crawl needs it. */
export type ReadPage = {
  readonly links: readonly URL[];
  /** Lists of pages that the page makes menus of. */
  readonly lists: readonly ListPlace[];
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
  /** Why an address that is not wanted is named; undefined for what is no page, such as a picture. */
  whyLeftOut(url: URL): LeftOutReason | undefined;
  /** Asked by a crawl when its links are followed; else where the start page leads nowhere, until one leads somewhere. */
  readonly lists: readonly ListPlace[];
  /** Throws an `IngestError` (`skip`) for what is not a page. */
  read(page: Page): Promise<Read>;
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
