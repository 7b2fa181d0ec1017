import { usageError } from "../flow/errors.ts";
import { bbjSource } from "./bbj-source/bbj-source.ts";
import { flare } from "./flare/flare.ts";
import { mdx } from "./mdx/mdx.ts";
import { javadoc } from "./javadoc/javadoc.ts";
import type { Parser } from "./parser.ts";
import { pdf } from "./pdf/pdf.ts";
import { webCrawl } from "./flare/published/web-crawl.ts";
import { wordpressAdvantage } from "./web/wordpress-advantage.ts";
import { wordpressKb } from "./web/wordpress-kb.ts";

/** Every parser there is. Another one is one file, and one line here. */
export const parsers = [
  flare,
  pdf,
  mdx,
  bbjSource,
  javadoc,
  wordpressAdvantage,
  wordpressKb,
  webCrawl,
] as const satisfies readonly Parser[];

/** The parser an entry of `sources.toml` names. */
export function parserNamed(name: string): Parser {
  const parser = parsers.find((candidate) => candidate.name === name);
  if (parser === undefined)
    throw usageError(`unknown parser "${name}"`, `known: ${parsers.map((known) => known.name).join(", ")}`);
  return parser;
}
