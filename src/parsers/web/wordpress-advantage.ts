import { contextHeader } from "../../enrich/context-header.ts";
import { generationOfTag } from "../../enrich/generations.ts";
import type { WebFormat } from "./web-format.ts";
import { articleDates, BASIS_SITE_NAMES, sitemaps, WORDPRESS_REMOVED } from "./wordpress.ts";

/** Its context headers begin with it, those of its PDFs too. */
export const SECTION = "Advantage Magazine";

/** Articles of the Advantage magazine, PDFs among them, found on its index page. */
export const advantageFormat: WebFormat = {
  version: 3,
  follows: false,
  isWanted: ({ pathname }) => /\/advantage\/./i.test(pathname),
  lists: sitemaps("/post-sitemap.xml"),
  rules: {
    roots: [".entry-content", "article .post-content", "article", "[role=main]", "main"],
    removed: WORDPRESS_REMOVED,
    hasClutter: true,
    siteNames: BASIS_SITE_NAMES,
  },
  document: ({ url, title, content, tree }, { generationTag }) => ({
    sourceUrl: url,
    title,
    docType: "article",
    content,
    generations: [generationOfTag(generationTag)],
    contextHeader: contextHeader([SECTION], title),
    deprecated: false,
    displayUrl: url,
    metadata: articleDates(tree),
  }),
};
