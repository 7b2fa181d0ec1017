import { htmlText } from "micromark-core-commonmark";
import { mdxjs } from "micromark-extension-mdxjs";
import type { Extension } from "micromark-util-types";
import { admonition } from "./admonition.ts";
import { codeOf } from "./codes.ts";
import { comment } from "./comment.ts";
import { lenient } from "./lenient.ts";

declare module "micromark-util-types" {
  interface TokenTypeMap {
    mdxjsEsm: "mdxjsEsm";
  }
}

/**
 * The syntax of one page of Docusaurus, for micromark: MDX as far as the page is MDX, and Markdown where it is not;
 * comments and tags of HTML; admonitions.
 */
export function docusaurus(length: number): Extension[] {
  const angle = codeOf("<");
  const additions = { flow: { [angle]: comment, [codeOf(":")]: admonition }, text: { [angle]: boundedHtml } };
  return [
    // What HTML takes whole, with the Markdown inside of it, and what indented code takes, is content in MDX.
    { disable: { null: ["htmlFlow", "codeIndented", "htmlText"] } },
    lenient(additions, length),
    lenient(mdxjs(), length),
  ];
}

/** Under another name, for the one without a bound is not in use. */
const boundedHtml = { ...htmlText, name: "boundedHtml" };
