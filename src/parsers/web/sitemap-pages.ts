import type { Unlisted } from "../parser.ts";
import type { PageFetcher } from "./page-fetcher.ts";
import { pageUrl } from "./page-url.ts";
import { reasonOf, unlisted } from "./reason.ts";
import { parseSitemap, SITEMAP_BYTES_MAX } from "./sitemap.ts";

const SITEMAPS_MAX = 100;

/** The pages a sitemap leads to, through others where it is an index. One that is not there at all leads to none. */
export async function* sitemapPages(fetcher: PageFetcher, first: string): AsyncGenerator<readonly URL[] | Unlisted> {
  const waiting = [first];
  const seen = new Set(waiting);
  for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
    try {
      const page = await fetcher.fetch(url, { bytesMax: () => SITEMAP_BYTES_MAX });
      if (page.kind === "none") {
        // One that another sitemap promises should be there; the first is only looked for.
        if (url !== first) yield unlisted(url, page.reason);
        continue;
      }
      // Many a site has a page for what is not there.
      if (url === first && /^text\/html\b/i.test(page.contentType)) continue;
      const { pages, sitemaps } = parseSitemap(page.bytes);
      yield pages.flatMap((place) => pageUrl(place, page.url) ?? []);
      for (const place of sitemaps) {
        const to = pageUrl(place, page.url)?.href;
        if (to === undefined || seen.has(to)) continue;
        if (!fetcher.isOwn(to)) yield unlisted(to, "a sitemap on another host, which is not asked");
        else if (seen.size < SITEMAPS_MAX) waiting.push(to);
        else if (seen.size === SITEMAPS_MAX) yield unlisted(to, `more than ${SITEMAPS_MAX} sitemaps`);
        seen.add(to);
      }
    } catch (error) {
      yield unlisted(url, reasonOf(error));
    }
  }
}
