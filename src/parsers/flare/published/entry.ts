import { defineParser } from "../../define-parser.ts";
import { pace, siteKeys, startUrl } from "../../web/entry.ts";

/** Pages of a published Flare project, found by following links below the first page. */
export const webCrawl = defineParser({
  name: "web-crawl",
  summary: "published Flare help, page by page",
  document: "a page",
  needsPaths: false,
  sourceType: "BASIS BBj Documentation",
  settings: {
    crawl_base_url: startUrl(
      "https://documentation.basis.cloud/BASISHelp/WebHelp/",
      "where web-crawl starts, and what it does not leave",
    ),
  },
  sourceKeys: siteKeys(0.5),
  load: async ({ crawl_base_url: start }, keys) => {
    const { helpFormat, withSlash } = await import("./web-crawl.ts");
    const { webParser } = await import("../../web/web-parser.ts");
    return webParser(helpFormat, { start: withSlash(start), ...pace(keys) });
  },
});
