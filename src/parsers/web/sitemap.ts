import { gunzipSync } from "node:zlib";
import { messageOf } from "../../flow/errors.ts";
import { decodeXml } from "../../text/entities.ts";
import { decodeText } from "../decode-text.ts";
import { badList, LIST_BYTES_MAX, listEntries, type ListPlace, type PageList } from "./page-list.ts";

/** The first element: a sitemap or an index of sitemaps, with the prefix that its elements have. */
const ROOT = /^(?:<\?[^<>]*\?>|<!DOCTYPE[^<>[\]]*>|\s)*<((?:[\w-]{1,50}:)?)(urlset|sitemapindex)[\s>]/i;

/**
 * Reads a sitemap or an index of sitemaps, packed or not. By its marks and not through a tree, which takes 150 times
 * the memory of its text. Throws an `IngestError` (`skip`) when it is neither.
 */
function parseSitemap(bytes: Uint8Array): PageList {
  const text = withoutComments(decodeText(unpacked(bytes)).replace(/^\ufeff/, ""));
  const [, prefix = "", name] = ROOT.exec(text) ?? [];
  if (name === undefined) throw unreadable("it is no sitemap");
  if (!isWhole(text.trimEnd(), prefix + name)) throw unreadable("it is cut off");
  const places = listEntries(placesIn(text, `${prefix}loc`));
  return name === "urlset" ? { pages: places, lists: [] } : { pages: [], lists: places.map((url) => sitemapAt(url)) };
}

/** A list that is missed where another one names it. */
export function sitemapAt(url: string, isMissed: ListPlace["isMissed"] = "fails"): ListPlace {
  return { url, isMissed, read: parseSitemap };
}

/** It ends with the end of its first element, which may be empty. */
function isWhole(text: string, root: string): boolean {
  return text.endsWith(`</${root}>`) || (text.endsWith("/>") && text.lastIndexOf("<") === text.indexOf(`<${root}`));
}

function unpacked(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: LIST_BYTES_MAX });
  } catch (error) {
    throw unreadable(messageOf(error), error);
  }
}

/** The texts of the elements `<name>`, which hold no others. */
function* placesIn(text: string, name: string): Generator<string> {
  const [open, close] = [`<${name}>`, `</${name}>`];
  for (let at = text.indexOf(open); at >= 0; at = text.indexOf(open, at)) {
    const end = text.indexOf(close, at);
    if (end < 0) return;
    const inner = text.slice(at + open.length, end).trim();
    const place = inner.startsWith("<![CDATA[") && inner.endsWith("]]>") ? inner.slice(9, -3).trim() : decodeXml(inner);
    if (place !== "") yield place;
    at = end + close.length;
  }
}

function withoutComments(text: string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = text.indexOf("<!--"); at >= 0; at = text.indexOf("<!--", from)) {
    parts.push(text.slice(from, at));
    const end = text.indexOf("-->", at + 4);
    if (end < 0) return parts.join("");
    from = end + 3;
  }
  return from === 0 ? text : parts.join("") + text.slice(from);
}

function unreadable(why: string, cause?: unknown) {
  return badList(`cannot be read as a sitemap: ${why}`, cause);
}
