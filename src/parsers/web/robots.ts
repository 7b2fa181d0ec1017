import robotsParser from "robots-parser";

/** What a site's `robots.txt` says to this program. */
export type Robots = {
  allows(url: string): boolean;
  /** 0 when it asks for no delay. */
  readonly delayMs: number;
  /** Where it says that sitemaps are, as it says it. */
  readonly sitemaps: readonly string[];
};

/** A site that asks for more patience than this does not want to be read. */
const DELAY_MS_MAX = 60_000;

/** The rules of a `robots.txt`; an empty text allows everything. */
export function parseRobots(url: string, text: string, agent: string): Robots {
  const rules = robotsParser(url, text);
  const delaySeconds = rules.getCrawlDelay(agent) ?? 0;
  return {
    // The library has no rules for a page of the same host by the other protocol.
    allows: (page) => rules.isAllowed(new URL(pathOf(page), url).href, agent) ?? true,
    delayMs: Math.min(Math.max(Number.isFinite(delaySeconds) ? delaySeconds * 1_000 : 0, 0), DELAY_MS_MAX),
    sitemaps: rules.getSitemaps(),
  };
}

function pathOf(page: string): string {
  const { pathname, search } = new URL(page);
  // Two slashes at the start would be a host.
  return `.${pathname}${search}`;
}
