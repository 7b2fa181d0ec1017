import { plural } from "../../text/words.ts";
import type { Unlisted } from "../parser.ts";
import type { PageFetcher } from "./page-fetcher.ts";
import { LIST_BYTES_MAX, type ListPlace } from "./page-list.ts";
import { pageUrl } from "./page-url.ts";
import { isUnanswered, reasonOf, unlisted } from "./reason.ts";

/** A list that another one names, and that the server does not have. */
type Missing = { readonly kind: "none"; readonly path: string; readonly reason: string };

const LISTS_MAX = 1_000;
/** Bytes of all lists that one leads to, unpacked. */
const BYTES_MAX = 200 * 1_048_576;
/** That many lists in a row without an answer: the server is away, and asking on would take hours. */
const UNANSWERED_MAX = 5;

/** The pages that a list leads to, through others where it names such. One that is not there at all leads to none. */
export async function* listedPages(
  fetcher: PageFetcher,
  { url: first, mayMiss = false, read }: ListPlace,
): AsyncGenerator<readonly URL[] | Unlisted | Missing> {
  const waiting = [first];
  const seen = new Set(waiting);
  const namedByFirst = new Set<string>();
  let bytes = 0;
  let unanswered = 0;
  for (let url = waiting.shift(); url !== undefined; url = waiting.shift()) {
    try {
      const page = await fetcher.fetch(url, { bytesMax: () => LIST_BYTES_MAX });
      unanswered = 0;
      if (page.kind === "none") {
        // One that another list promises should be there; the first is only looked for.
        if (mayMiss && namedByFirst.has(url)) yield { kind: "none", path: url, reason: page.reason };
        else if (url !== first) yield unlisted(url, page.reason);
        continue;
      }
      // Many a site has a page for what is not there.
      if (url === first && /^text\/html\b/i.test(page.contentType)) continue;
      bytes += page.bytes.length;
      const { pages, lists } = read(page.bytes);
      yield pages.flatMap((place) => pageUrl(place, page.url) ?? []);
      for (const place of lists) {
        const to = pageUrl(place, page.url)?.href;
        if (to === undefined || seen.has(to)) continue;
        if (url === first) namedByFirst.add(to);
        if (!fetcher.isOwn(to)) yield unlisted(to, "a list of pages on another host, which is not asked");
        else if (seen.size < LISTS_MAX) waiting.push(to);
        else if (seen.size === LISTS_MAX) yield unlisted(to, `more than ${LISTS_MAX} lists of pages`);
        seen.add(to);
      }
    } catch (error) {
      yield unlisted(url, reasonOf(error));
      unanswered = isUnanswered(error) ? unanswered + 1 : 0;
    }
    if (waiting.length === 0 || (bytes <= BYTES_MAX && unanswered < UNANSWERED_MAX)) continue;
    const why =
      bytes > BYTES_MAX ? `more than ${BYTES_MAX / 1_048_576} MB` : `${unanswered} in a row without an answer`;
    return yield unlisted(first, `${why}: ${plural(waiting.length, "list")} of pages not asked for`);
  }
}
