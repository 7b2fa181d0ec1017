import { plural } from "../../text/words.ts";
import type { Unlisted } from "../parser.ts";
import type { NoPage, Page, PageFetcher } from "./page-fetcher.ts";
import { LIST_BYTES_MAX, type ListPlace } from "./page-list.ts";
import { pageUrl } from "./page-url.ts";
import { isUnanswered, reasonOf, unlisted } from "./reason.ts";

/** A list that another one names, and that the server does not have. */
type Missing = { readonly kind: "none"; readonly path: string; readonly reason: string };

/** Where a page is, or may be: the first place that is there is it. */
export type PagePlaces = readonly [URL, ...URL[]];

const LISTS_MAX = 1_000;
/** Bytes of all lists that one leads to, unpacked. */
const BYTES_MAX = 200 * 1_048_576;
/** That many lists in a row without an answer: the server is away, and asking on would take hours. */
const UNANSWERED_MAX = 5;
/** All bytes up to it are white space, or nothing. */
const SPACE = 0x20;

/** The pages that a list leads to, through others where it names such. Those that were `seen` are not asked for again. */
export async function* listedPages(
  fetcher: PageFetcher,
  first: ListPlace,
  seen: Set<string>,
): AsyncGenerator<readonly PagePlaces[] | Unlisted | Missing> {
  if (seen.has(first.url)) return;
  const waiting = [first];
  seen.add(first.url);
  let bytes = 0;
  let unanswered = 0;
  for (let list = waiting.shift(); list !== undefined; list = waiting.shift()) {
    const { url } = list;
    try {
      const page = await fetcher.fetch(url, { bytesMax: () => LIST_BYTES_MAX });
      unanswered = 0;
      const missing = whyMissing(page, list);
      if (page.kind === "none" || missing !== undefined) {
        if (list.instead !== undefined) waiting.unshift(list.instead);
        if (missing !== undefined && missing !== "") {
          yield list.isMissed === "fails" ? unlisted(url, missing) : { kind: "none", path: url, reason: missing };
        }
        continue;
      }
      bytes += page.bytes.length;
      const { pages, lists } = list.read(page.bytes);
      yield pages.flatMap((places) => placesOf(places, page.url));
      const further: ListPlace[] = [];
      for (const named of lists) {
        const to = pageUrl(named.url, page.url)?.href;
        if (to === undefined || seen.has(to)) continue;
        if (!fetcher.isOwn(to)) yield unlisted(to, "a list of pages on another host, which is not asked");
        else if (seen.size < LISTS_MAX) further.push({ ...named, url: to });
        else if (seen.size === LISTS_MAX) yield unlisted(to, `more than ${LISTS_MAX} lists of pages`);
        seen.add(to);
      }
      // The parts of a table before the list that follows it.
      waiting.unshift(...further);
    } catch (error) {
      yield unlisted(url, reasonOf(error));
      unanswered = isUnanswered(error) ? unanswered + 1 : 0;
    }
    if (waiting.length === 0 || (bytes <= BYTES_MAX && unanswered < UNANSWERED_MAX)) continue;
    const why =
      bytes > BYTES_MAX ? `more than ${BYTES_MAX / 1_048_576} MB` : `${unanswered} in a row without an answer`;
    return yield unlisted(first.url, `${why}: ${plural(waiting.length, "list")} of pages not asked for`);
  }
}

/** Why a list is not there: "" where nothing has to be said of that, undefined where it is there. */
function whyMissing(page: Page | NoPage, { isMissed }: ListPlace): string | undefined {
  if (page.kind === "none") return isMissed === "fine" && page.isGone ? "" : page.reason;
  if (page.bytes.every((byte) => byte <= SPACE)) return isMissed === "fine" ? "" : "the server sent an empty file";
  // Many a site has a page for what is not there.
  return isMissed === "fine" && /^text\/html\b/i.test(page.contentType) ? "" : undefined;
}

function placesOf(places: string | readonly string[], base: string): PagePlaces[] {
  const [first, ...others] = [places].flat().flatMap((place) => pageUrl(place, base) ?? []);
  return first === undefined ? [] : [[first, ...others]];
}
