import type { Root } from "hast";
import { keywordsIn, type OwnWords } from "../about-page.ts";
import { elementsOf } from "./page-links.ts";

/** By preference: what a page says itself, then what it has others show of it. */
const DESCRIPTIONS = ["description", "og:description", "twitter:description"];

/**
 * What pages of a site say of themselves. What the page that the crawl begins at says, others that say the same only have
 * from their theme or a plug-in: it is of the site. It is read first in every run, so that nothing depends on what
 * changed; that many pages say the same would be no sign, for versions of a page do so rightly.
 */
export class SiteWords {
  #first: { readonly url: string; readonly said: ReadonlySet<string> } | undefined;

  of(tree: Root, url: string): OwnWords {
    const metas = elementsOf(tree).flatMap(({ tagName, properties: { name, property, content } }) =>
      tagName === "meta" ? [{ name: String(property ?? name ?? "").toLowerCase(), content: content ?? "" }] : [],
    );
    const named = (wanted: string) => metas.filter(({ name }) => name === wanted).map(({ content }) => content.trim());
    const descriptions = DESCRIPTIONS.flatMap(named).filter((text) => text !== "");
    const keywords = named("keywords")
      .flatMap(keywordsIn)
      .map((word) => word.trim());
    this.#first ??= { url, said: new Set([...descriptions, ...keywords]) };
    const { said, url: first } = this.#first;
    const isOwn = (text: string) => url === first || !said.has(text);
    return { description: descriptions.find(isOwn) ?? "", keywords: keywords.filter(isOwn) };
  }
}
