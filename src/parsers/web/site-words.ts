import type { Root } from "hast";
import { keywordsIn, type OwnWords } from "../about-page.ts";
import { elementsOf } from "./page-links.ts";

/**
 * What the page that the crawl begins at says of itself. Others that say the same only have it from their theme or a plug-in:
 * it is of the site. It is read first in every run, so that nothing depends on what changed; that many pages say the same
 * would be no sign, for versions of a page do so rightly.
 */
export type SiteWords = { readonly url: string; readonly said: readonly string[] };

/** By preference: what a page says itself, then what it has others show of it. */
const DESCRIPTIONS = ["description", "og:description", "twitter:description"];

/** All that a page says of itself. */
type PageWords = { readonly descriptions: readonly string[]; readonly keywords: readonly string[] };

/** Finds it. */
export function wordsOn(tree: Root): PageWords {
  const metas = elementsOf(tree).flatMap(({ tagName, properties: { name, property, content } }) =>
    tagName === "meta" ? [{ name: String(property ?? name ?? "").toLowerCase(), content: content ?? "" }] : [],
  );
  const named = (wanted: string) => metas.filter(({ name }) => name === wanted).map(({ content }) => content.trim());
  const descriptions = DESCRIPTIONS.flatMap(named).filter((text) => text !== "");
  const keywords = named("keywords")
    .flatMap(keywordsIn)
    .map((word) => word.trim());
  return { descriptions, keywords };
}

/** What of it is the page's own; `site` is undefined on the first page. */
export function ownWords({ descriptions, keywords }: PageWords, url: string, site: SiteWords | undefined): OwnWords {
  const ofSite = new Set(site?.url === url ? [] : site?.said);
  const isOwn = (text: string) => !ofSite.has(text);
  return { description: descriptions.find(isOwn) ?? "", keywords: keywords.filter(isOwn) };
}
