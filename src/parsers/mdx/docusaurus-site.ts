import { posix } from "node:path";
import type { SourceEntry } from "../parser.ts";

const DISPLAY_BASES: Readonly<Record<string, string>> = {
  "mdx-dwc": "https://basishub.github.io/DWC-Course/",
  "mdx-beginner": "https://basishub.github.io/BBj-Beginner-Tutorial/",
  "mdx-db-modernization": "https://basishub.github.io/Database-Modernization-Tutorial/",
};

const WEB_HELP_BASE = "https://documentation.basis.cloud/BASISHelp/WebHelp/";

// Docusaurus' rule (`numberPrefix.ts` of its docs plugin): "01-intro" and "2. intro" lose their number, dates and versions do not.
const NUMBER_PREFIX = /^\d+\s*[-_.]+\s*(?=[^-_.\s])/;
const DATE_OR_VERSION = /^(?:\d+[-_.]\d+|\d{4}[-_.]\d{2})/;

/** `01-getting-started` without its number. */
export function withoutNumberPrefix(name: string): string {
  return DATE_OR_VERSION.test(name) ? name : name.replace(NUMBER_PREFIX, "");
}

/**
 * Where Docusaurus publishes a page: the site's base, then the `slug` of its front matter or its path.
 * "" when the source has no site, and for partials (`_part.mdx`), which are published as parts of other pages only.
 */
export function docusaurusUrl(
  source: Pick<SourceEntry, "name" | "displayBase">,
  /** Of the file, relative to the folder of the docs. */
  path: string,
  slug: string,
): string {
  const base = source.displayBase ?? DISPLAY_BASES[source.name] ?? "";
  const segments = path.split("/");
  if (base === "" || segments.some((segment) => segment.startsWith("_"))) return "";
  const route = slug.startsWith("/") ? slug.slice(1) : routeOf(segments, slug);
  return (base.endsWith("/") ? base : `${base}/`) + encoded(route);
}

/** Where the built help shows a topic. `path` is relative to the project's `Content` folder. */
export function webHelpUrl(source: Pick<SourceEntry, "displayBase">, path: string): string {
  const base = source.displayBase ?? WEB_HELP_BASE;
  return (base.endsWith("/") ? base : `${base}/`) + path.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  return encodeURI(segment.toWellFormed()).replace(/[#?]/g, encodeURIComponent);
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
