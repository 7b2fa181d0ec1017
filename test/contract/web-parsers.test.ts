import { join } from "node:path";
import { webCrawl } from "../../src/parsers/flare/published/entry.ts";
import { wordpressAdvantage, wordpressKb } from "../../src/parsers/web/entry.ts";
import { webParserContract } from "./web-parser-contract.ts";

const FIXTURES = join(import.meta.dir, "../fixtures/web");

/** The pages of a site: their paths, and the files they stand in. */
async function site(files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const pages: Record<string, string> = {};
  for (const [path, file] of Object.entries(files)) pages[path] = await Bun.file(join(FIXTURES, file)).text();
  return pages;
}

webParserContract({
  parser: webCrawl,
  pages: await site(
    Object.fromEntries(
      ["/help/index.htm", "/help/commands/dock.htm", "/help/commands/undock.htm", "/help/objects/crane.htm"].map(
        (path) => [path, path.slice(1)],
      ),
    ),
  ),
  start: "/help/index.htm",
  leaf: "/help/objects/crane.htm",
  code: ['DOCK (channel{,ERR=lineref})"ship"', "    REM   three spaces, <kept>"],
});

webParserContract({
  parser: wordpressAdvantage,
  pages: await site({
    "/advantage-index/": "advantage/index.html",
    "/advantage/tides/": "advantage/tides.html",
    "/advantage/ropes": "advantage/ropes.html",
  }),
  start: "/advantage-index/",
  leaf: "/advantage/ropes",
  code: ["LET TIDE=2", "PRINT TIDE"],
});

webParserContract({
  parser: wordpressKb,
  pages: await site({
    "/knowledge-base/": "knowledge-base/index.html",
    "/knowledge-base/kb00101/": "knowledge-base/kb00101.html",
    "/knowledge-base/kb00102/": "knowledge-base/kb00102.html",
  }),
  start: "/knowledge-base/",
  leaf: "/knowledge-base/kb00102/",
  code: ['TIE "ship"'],
});
