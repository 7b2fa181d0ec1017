import { gunzipSync } from "node:zlib";
import type { Element, Nodes } from "xast";
import { fromXml } from "xast-util-from-xml";
import { IngestError, messageOf } from "../../flow/errors.ts";
import { decodeText } from "../decode-text.ts";

/** What a sitemap leads to. */
export type Sitemap = { readonly pages: readonly string[]; readonly sitemaps: readonly string[] };

/** The protocol's own limit is 50 MB unpacked. */
export const SITEMAP_BYTES_MAX = 50 * 1_048_576;

/** Reads a sitemap or an index of sitemaps, packed or not. Throws an `IngestError` (`skip`) when it is neither. */
export function parseSitemap(bytes: Uint8Array): Sitemap {
  try {
    return readSitemap(bytes);
  } catch (error) {
    const message = `cannot be read as a sitemap: ${messageOf(error).split("\n")[0]}`;
    throw new IngestError(message, { decision: "skip", code: "bad_sitemap", cause: error });
  }
}

function readSitemap(bytes: Uint8Array): Sitemap {
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const text = decodeText(isPacked ? gunzipSync(bytes, { maxOutputLength: SITEMAP_BYTES_MAX }) : bytes);
  const tree = fromXml(text.replace(/^\ufeff/, "").trimStart());
  const root = tree.children.find((node) => node.type === "element");
  const name = root === undefined ? "" : localName(root);
  if (root === undefined || (name !== "urlset" && name !== "sitemapindex")) throw new Error("it is no sitemap");
  const places = root.children.flatMap((entry) => (entry.type === "element" ? placeOf(entry) : []));
  return name === "urlset" ? { pages: places, sitemaps: [] } : { pages: [], sitemaps: places };
}

function placeOf(entry: Element): string[] {
  const place = entry.children.find((child) => child.type === "element" && localName(child) === "loc");
  const text = place === undefined ? "" : textOf(place).trim();
  return text === "" ? [] : [text];
}

function localName({ name }: Element): string {
  return name.replace(/^.*:/, "");
}

function textOf(node: Nodes): string {
  if (node.type === "text" || node.type === "cdata") return node.value;
  return "children" in node ? node.children.map(textOf).join("") : "";
}
