import { IngestError } from "../../flow/errors.ts";
import { aboutPage } from "../about-page.ts";
import { parseHtml } from "../html/parse-html.ts";
import type { Document, Job, SourceEntry } from "../parser.ts";
import { decodePage } from "./decode-page.ts";
import { mainContent } from "./main-content.ts";
import type { Page } from "./page-fetcher.ts";
import { canonicalOf, linksOf } from "./page-links.ts";
import { ownWords, type SiteWords, wordsOn } from "./site-words.ts";
import type { NamedList, WebFormat } from "./web-format.ts";

/** A page as it came, to be read in any thread; what the site says of itself is what they have in common. */
export type PageJob = Job & {
  readonly data: Pick<Page, "url" | "contentType" | "bytes">;
  readonly common?: SiteWords | undefined;
};

/** What is read of a page, as plain data: what the crawl goes on with, and the document. */
export type SeenPage = {
  /** Each place once. */
  readonly links: readonly string[];
  readonly lists: readonly NamedList[];
  /** Where the page says it belongs. */
  readonly canonical: string | undefined;
  /** Equal for pages with the same text. */
  readonly identity: string;
  /** Undefined where there is no text. */
  readonly document: Document | undefined;
  /** What it says of itself. */
  readonly said: readonly string[];
};

/** Reads a page. Throws an `IngestError` (`skip`) when that cannot be done. */
export function readPage(
  { data: { url, contentType, bytes }, common: site }: PageJob,
  format: WebFormat,
  source: SourceEntry,
  start: URL,
): SeenPage {
  try {
    const tree = parseHtml(decodePage(bytes, contentType));
    const main = mainContent(tree, format.rules, url);
    const words = wordsOn(tree);
    const made = main.content === "" ? undefined : format.document({ ...main, url, tree }, source, start);
    const about = made === undefined ? "" : aboutPage(ownWords(words, url, site), made);
    const links = linksOf(tree, url);
    if (format.pagesHaveQueries === false) for (const link of links) if (link.host === start.host) link.search = "";
    return {
      links: [...new Set(links.map(({ href }) => href))],
      lists: format.named?.on(tree, url, start) ?? [],
      canonical: canonicalOf(tree, url),
      identity: hashOf([main.title, main.content]),
      document: made === undefined || about === "" ? made : { ...made, about },
      said: [...words.descriptions, ...words.keywords],
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new IngestError("its elements are nested too deeply", { decision: "skip", code: "unreadable", cause: error });
  }
}

/** Of plain data. */
export function hashOf(value: unknown): string {
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(value)).digest("hex");
}
