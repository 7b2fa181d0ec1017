import { posix } from "node:path";
import { withoutNumberPrefix } from "../titles.ts";

/**
 * The tutorials that BASIS publishes, by what their sources are called: the `source_type` readers see, and the base of their
 * pages. A source of another name is "Documentation", and shows no pages without a `display_base`.
 */
const SITES: Readonly<Record<string, { readonly sourceType: string; readonly base: string }>> = {
  "mdx-dwc": { sourceType: "DWC Tutorial", base: "https://basishub.github.io/DWC-Course/" },
  "mdx-beginner": {
    sourceType: "BBj Beginner Tutorial",
    base: "https://basishub.github.io/BBj-Beginner-Tutorial/",
  },
  "mdx-db-modernization": {
    sourceType: "DB Modernization Guide",
    base: "https://basishub.github.io/Database-Modernization-Tutorial/",
  },
};

/** The `source_type` of a source of pages. */
export function sourceTypeOf(sourceName: string): string {
  return SITES[sourceName]?.sourceType ?? "Documentation";
}

/** How a context header begins: the source type, or the source's name where the type says nothing. */
export function sourceLabel(sourceName: string): string {
  return SITES[sourceName]?.sourceType ?? sourceName;
}

/** Where a source's pages are published when it does not say; "" when that is not known. */
export function publishedBase(sourceName: string): string {
  return SITES[sourceName]?.base ?? "";
}

/** Whether Docusaurus shows a file as a part of other pages only: `_part.mdx`, and what lies in `_parts`. */
export function isPartial(pathInDocs: string): boolean {
  return pathInDocs.split("/").some((segment) => segment.startsWith("_"));
}

/**
 * Where Docusaurus publishes a page: the site's base, then the `slug` of its front matter or its path.
 * "" when the source has no site, and for partials (`_part.mdx`), which are published as parts of other pages only.
 */
export function docusaurusUrl(
  /** Base URL of the site; "" without one. */
  base: string,
  /** The path of its file in the folder of the docs. */
  path: string,
  slug: string,
): string {
  const segments = path.split("/");
  if (base === "" || isPartial(path)) return "";
  const route = slug.startsWith("/") ? slug.slice(1) : routeOf(segments, slug);
  return (base.endsWith("/") ? base : `${base}/`) + encoded(route);
}

function routeOf(segments: readonly string[], slug: string): string {
  const folders = segments.slice(0, -1).map(withoutNumberPrefix);
  const page = withoutNumberPrefix((segments.at(-1) ?? "").replace(/\.[^.]*$/, ""));
  if (slug !== "") return posix.join("/", ...folders, slug).slice(1);
  const standsForFolder = /^(?:index|readme)$/i.test(page) || page === folders.at(-1);
  return [...folders, ...(standsForFolder ? [] : [page])].join("/");
}

/** Percent-encoded; what is encoded already stays as it is. */
function encoded(route: string): string {
  return encodeURI(route.toWellFormed())
    .replace(/%25(?=[0-9A-Fa-f]{2})/g, "%")
    .replace(/[#?]/g, encodeURIComponent);
}
