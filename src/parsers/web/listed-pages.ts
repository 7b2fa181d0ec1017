import type { Unlisted } from "../parser.ts";
import type { PageFetcher } from "./page-fetcher.ts";
import { LIST_BYTES_MAX, type ListPlace } from "./page-list.ts";
import { pageUrl } from "./page-url.ts";
import { reasonOf, unlisted } from "./reason.ts";

const LISTS_MAX = 1_000;

/** The pages that a list leads to, through others where it names such. One that is not there at all leads to none. */
export async function* listedPages(
  fetcher: PageFetcher,
  { url: first, read }: ListPlace,
): AsyncGenerator<readonly URL[] | Unlisted> {
  const waiting = [first];
  const seen = new Set(waiting);
  for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
    try {
      const page = await fetcher.fetch(url, { bytesMax: () => LIST_BYTES_MAX });
      if (page.kind === "none") {
        // One that another list promises should be there; the first is only looked for.
        if (url !== first) yield unlisted(url, page.reason);
        continue;
      }
      // Many a site has a page for what is not there.
      if (url === first && /^text\/html\b/i.test(page.contentType)) continue;
      const { pages, lists } = read(page.bytes);
      yield pages.flatMap((place) => pageUrl(place, page.url) ?? []);
      for (const place of lists) {
        const to = pageUrl(place, page.url)?.href;
        if (to === undefined || seen.has(to)) continue;
        if (!fetcher.isOwn(to)) yield unlisted(to, "a list of pages on another host, which is not asked");
        else if (seen.size < LISTS_MAX) waiting.push(to);
        else if (seen.size === LISTS_MAX) yield unlisted(to, `more than ${LISTS_MAX} lists of pages`);
        seen.add(to);
      }
    } catch (error) {
      yield unlisted(url, reasonOf(error));
    }
  }
}
