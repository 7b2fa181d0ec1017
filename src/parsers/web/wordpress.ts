import type { Root } from "hast";
import { findElement } from "./find-elements.ts";
import type { ListPlace } from "./page-list.ts";
import { sitemapAt } from "./sitemap.ts";

/** What WordPress puts around and into the text of an article, beside what `clutterOf` finds. */
export const WORDPRESS_REMOVED: readonly string[] = [
  ...[".entry-meta", ".post-meta", ".entry-footer", ".edit-link", ".post-edit-link"],
  // Echo Knowledge Base, whose articles a theme may wrap in others.
  ...["#eckb-article-left-sidebar", "#eckb-article-right-sidebar", "#eckb-article-content-header"],
  ...["#eckb-article-content-header-v2", "#eckb-article-content-footer", "#eckb-article-content-toc"],
  ...[".eckb-article-toc", ".eckb-article-content-toc", ".eckb-breadcrumb", ".eckb-navigation-back"],
  ...[".eckb-article-content-breadcrumb-container", "#eckb-article-back-navigation-container"],
  ...[".eckb-print-button-container", ".eckb-acll", ".eprf-article-feedback-container"],
  ...["#eprf-article-buttons-container", ".epkb-doc-search-container", ".epkb-sidebar-container-v2"],
  "#eprf-article-feedback-container",
];

/** What WordPress sites say of their pages: `| BASIS`, ` - BASIS International Ltd.`. */
export const BASIS_SITE_NAMES: readonly RegExp[] = [
  /(?:the )?basis(?: international)?(?:,? ltd\.?)?/,
  /basis (?:advantage|knowledge base|cloud)/,
  /(?:bbj )?knowledge base/,
];

/** Sitemaps of a site, relative to its start page. */
export function sitemaps(...places: readonly string[]): (start: URL) => ListPlace[] {
  return (start) => places.map((place) => sitemapAt(new URL(place, start).href, "fine"));
}

/** When an article was written and changed, as far as it says. */
export function articleDates(tree: Root): Record<string, string> {
  const dates: Record<string, string> = {};
  for (const [key, property] of [
    ["published", "article:published_time"],
    ["modified", "article:modified_time"],
  ] as const) {
    const content = findElement(tree, `meta[property=${property}]`)?.properties.content;
    if (typeof content === "string" && /^\d{4}-\d\d-\d\d/.test(content)) dates[key] = content.slice(0, 10);
  }
  return dates;
}
