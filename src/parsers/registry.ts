import { bbjSource } from "./bbj-source/entry.ts";
import type { ParserEntry } from "./define-parser.ts";
import { flare } from "./flare/entry.ts";
import { javadoc } from "./javadoc/entry.ts";
import { mdx } from "./mdx/entry.ts";
import type { Parser, SourceEntry } from "./parser.ts";
import { pdf } from "./pdf/entry.ts";
import { webCrawl } from "./flare/published/entry.ts";
import { wordpressAdvantage, wordpressKb } from "./web/entry.ts";

/** Every parser there is. Another one is a folder of its own, and one line here. */
export const parsers: readonly ParserEntry[] = [
  flare,
  pdf,
  mdx,
  bbjSource,
  javadoc,
  wordpressAdvantage,
  wordpressKb,
  webCrawl,
];

/** The parser of a source, with its values of the settings of all parsers. */
export async function loadParser(source: SourceEntry, settings: Readonly<Record<string, unknown>>): Promise<Parser> {
  const entry = parsers.find(({ name }) => name === source.parser);
  if (entry === undefined) throw new RangeError(`there is no parser ${source.parser}`);
  return entry.load(settings, source.keys);
}
