import { z } from "zod";
import { about, httpUrl, integer } from "../../options/option.ts";
import { defineParser } from "../define-parser.ts";
import { pdfKeys, pdfOptions, pdfSettings } from "../pdf/entry.ts";

const HOUR_SECONDS = 3_600;
const PAGES_MAX = 1_000_000;
const SECONDS = `a number of seconds from 0 to ${HOUR_SECONDS}`;

/** Articles of the Advantage magazine, PDFs among them, found on its index page. */
export const wordpressAdvantage = defineParser({
  name: "wordpress-advantage",
  summary: "the Advantage magazine, from its index page; its PDFs too",
  document: "an article, or a section of a PDF",
  needsPaths: false,
  sourceType: "BASIS Advantage Blog",
  settings: {
    advantage_index_url: startUrl("https://basis.cloud/advantage-index/", "where wordpress-advantage starts"),
    ...pdfSettings,
  },
  sourceKeys: { ...siteKeys(1), ...pdfKeys },
  load: async (settings, keys) => {
    const { advantageFormat, SECTION } = await import("./wordpress-advantage.ts");
    const { webParser } = await import("./web-parser.ts");
    const pdfs = { ...pdfOptions(settings, keys), section: SECTION };
    return webParser(advantageFormat, { start: settings.advantage_index_url, pdfs, ...pace(keys) });
  },
});

/** Articles of the knowledge base, found on its index page. */
export const wordpressKb = defineParser({
  name: "wordpress-kb",
  summary: "the knowledge base, from its index page",
  document: "an article",
  needsPaths: false,
  sourceType: "BASIS Knowledge Base",
  settings: { kb_index_url: startUrl("https://basis.cloud/knowledge-base/", "where wordpress-kb starts") },
  sourceKeys: siteKeys(1),
  load: async ({ kb_index_url: start }, keys) => {
    const { knowledgeBaseFormat } = await import("./wordpress-kb.ts");
    const { webParser } = await import("./web-parser.ts");
    return webParser(knowledgeBaseFormat, { start, ...pace(keys) });
  },
});

/** Where a parser begins to read a site. */
export function startUrl(url: string, help: string) {
  return httpUrl().default(url).register(about, { help });
}

/** Keys of every source that asks a server; `seconds` is its pause when the entry names none. */
export function siteKeys(seconds: number) {
  return {
    rate_limit: z
      .number({ error: SECONDS })
      .min(0, { error: SECONDS })
      .max(HOUR_SECONDS, { error: SECONDS })
      .default(seconds)
      .register(about, { help: "seconds between two requests to a host" }),
    page_limit: integer(1, PAGES_MAX).optional().register(about, { help: "pages a source has at the most" }),
  };
}

/** The keys in the program's words and units. */
export function pace(keys: { readonly rate_limit: number; readonly page_limit?: number | undefined }) {
  return { rateLimitMs: Math.round(keys.rate_limit * 1_000), pageLimit: keys.page_limit };
}
