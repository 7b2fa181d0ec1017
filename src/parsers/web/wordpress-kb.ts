import { contextHeader } from "../../enrich/context-header.ts";
import { generationOfTag } from "../../enrich/generations.ts";
import type { WebFormat } from "./web-format.ts";
import { articleDates, BASIS_SITE_NAMES, sitemaps, WORDPRESS_REMOVED } from "./wordpress.ts";

const ARTICLE = /\/knowledge-base\/(kb\d+)/i;

/** Articles of the knowledge base (Echo Knowledge Base, a WordPress plug-in), found on its index page. */
export const knowledgeBaseFormat: WebFormat = {
  version: 3,
  follows: false,
  isWanted: ({ pathname }) => ARTICLE.test(pathname),
  lists: sitemaps("/kb-sitemap.xml", "/sitemap.xml"),
  rules: {
    roots: [
      ...["#eckb-article-content-body", ".eckb-article-content-body", "#eckb-article-body"],
      ...["article .entry-content", "article", "main"],
    ],
    removed: WORDPRESS_REMOVED,
    hasClutter: true,
    siteNames: BASIS_SITE_NAMES,
  },
  document: ({ url, title, content, tree }, { generationTag }) => {
    const article = ARTICLE.exec(new URL(url).pathname)?.[1]?.toUpperCase();
    return {
      sourceUrl: url,
      title,
      docType: "concept",
      content,
      generations: [generationOfTag(generationTag)],
      contextHeader: contextHeader(["Knowledge Base"], title),
      deprecated: false,
      displayUrl: url,
      metadata: { ...(article === undefined ? {} : { article }), ...articleDates(tree) },
    };
  },
};
