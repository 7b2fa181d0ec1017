import type { Element, Nodes, Root } from "hast";
import { pageUrl } from "./page-url.ts";

/** Nobody writes a page with more links. */
const LINKS_MAX = 50_000;

/** Where a page leads, in the order of its text: links, maps, frames, and a refresh in its head. */
export function linksOf(tree: Root, url: string): URL[] {
  const base = baseOf(tree, url);
  const places = new Set<string>();
  for (const element of elementsOf(tree)) {
    const to = target(element);
    if (to !== undefined) places.add(to);
    if (places.size === LINKS_MAX) break;
  }
  return [...places].flatMap((place) => pageUrl(place, base) ?? []);
}

/** The address under which the page says it belongs; undefined when it says none. */
export function canonicalOf(tree: Root, url: string): string | undefined {
  for (const { tagName, properties } of elementsOf(tree)) {
    if (tagName !== "link" || !Array.isArray(properties.rel) || !properties.rel.includes("canonical")) continue;
    if (typeof properties.href === "string") return pageUrl(properties.href, baseOf(tree, url))?.href;
  }
  return undefined;
}

/** All elements in the order of the text. Not recursive: pages may be nested deeper than the stack. */
export function elementsOf(tree: Root | Element): Element[] {
  const elements: Element[] = [];
  const open: Nodes[] = [tree];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.type === "element") elements.push(node);
    if ("children" in node) for (let at = node.children.length - 1; at >= 0; at--) push(open, node.children[at]);
  }
  return elements;
}

function push(open: Nodes[], node: Nodes | undefined): void {
  if (node !== undefined) open.push(node);
}

function target({ tagName, properties }: Element): string | undefined {
  const value = tagName === "a" || tagName === "area" ? properties.href : undefined;
  if (typeof value === "string") return value;
  if ((tagName === "frame" || tagName === "iframe") && typeof properties.src === "string") return properties.src;
  if (tagName !== "meta" || !/refresh/i.test(String(properties.httpEquiv))) return undefined;
  return /url\s*=\s*["']?([^"']+)/i.exec(String(properties.content))?.[1];
}

function baseOf(tree: Root, url: string): string {
  const href = elementsOf(tree).find(({ tagName }) => tagName === "base")?.properties.href;
  return (typeof href === "string" ? URL.parse(href, url)?.href : undefined) ?? url;
}
