import type { Root } from "hast";
import { fromHtml } from "hast-util-from-html";

/** The tree of a page, as browsers read it, whatever is wrong with its markup. */
export function parseHtml(html: string): Root {
  return fromHtml(html);
}
