import type { Element, Root } from "hast";
import { contextHeader } from "../../../enrich/context-header.ts";
import { documentType } from "../../../enrich/document-type.ts";
import { generationsOfTopic } from "../../../enrich/generations.ts";
import { textOf } from "../../html/to-markdown.ts";
import { findElements } from "../../web/find-elements.ts";
import { withoutPlaceholders } from "../variables.ts";
import { helpSystem, tableOfMenu, tablesOfMenu } from "./help-system.ts";
import { elementsOf } from "../../web/page-links.ts";
import { publishedTopic } from "./published-topic.ts";
import { sitemapAt } from "../../web/sitemap.ts";
import type { WebFormat } from "../../web/web-format.ts";

/** They may lie in each other, and what is read of each is all that lies in it. */
const TRAILS_MAX = 10;
const STEPS_MAX = 20;
const TRAILS = ["[class*=MCBreadcrumbsBox]", ".breadcrumbs", ".breadcrumb", "[aria-label=breadcrumb]"];

/** The endings of topics, those that a project may choose for its server among them; or none, as some servers show them. */
const TOPIC = /(?:\.(?:s?html?|xht(?:ml?)?|aspx?|jspx?|php)|\/[^/.]+)$/i;
/** What a topic shows or offers beside its text, and projects that were merged, whose lists are read. */
const NO_PAGE =
  /\.(?:png|jpe?g|gif|svgz?|bmp|ico|webp|avif|tiff?|css|m?js|json|map|woff2?|ttf|otf|eot|mp[34g]|m4[av]|mov|avi|wmv|webm|og[gv]|wav|swf|zip|gz|tgz|tar|rar|7z|exe|msi|dmg|jar|dll|bin|iso|flprj|fltoc)$/i;

/** What Flare calls pages that are no topics, and no glossary. */
const MENU =
  /^(?:default|(?:default)?csh|toolbar|navigation|toc|index|search|favorites|browsesequences|topiccomments|blank)$/i;

/** Pages of a published Flare project (WebHelp), found by following links below the first page. */
export const helpFormat: WebFormat = {
  version: 4,
  follows: true,
  isWanted: (url, start) =>
    url.host === start.host && url.pathname.startsWith(folderOf(start)) && TOPIC.test(url.pathname),
  whyLeftOut: (url, start) => {
    if (NO_PAGE.test(url.pathname)) return undefined;
    if (url.host !== start.host) return "other-host";
    if (!url.pathname.startsWith(folderOf(start))) return "outside";
    return url.pathname.endsWith("/") ? undefined : "other-type";
  },
  // Flare writes them beside its start page. Its menus are made by scripts, so many a topic has no link in any page.
  lists: (start) => [helpSystem(rootOf(start)), sitemapAt(new URL("Sitemap.xml", start).href, "fine")],
  named: {
    on: (tree, url, start) => {
      const [page, ...others] = elementsOf(tree);
      const path = page?.properties.dataMcPathToHelpSystem;
      const root = (typeof path === "string" ? URL.parse(path, url)?.href : undefined) ?? rootOf(start);
      const places = new Set(others.map(({ properties }) => properties.dataMcLinkedToc));
      return [...places].flatMap((place) =>
        typeof place === "string" && place !== "" ? tablesOfMenu(place, root) : [],
      );
    },
    place: tableOfMenu,
  },
  pagesHaveQueries: false,
  rules: {
    roots: [...[".body-container", ".topic-content", "#mc-main-content", "#body", "main", "article", "[role=main]"]],
    removed: [
      ...["[class*=MCBreadcrumbs]", "[class*=MCMiniToc]", "[class*=MCMenuProxy]", "[class*=MCTopicToolbar]"],
      ...["[class*=MCRelationshipsProxy]", "[class*=MCWebHelpFramesetLink]"],
      ...[".nocontent", ".topic-toolbar", ".buttons", ".search-bar", ".title-bar", ".sidenav-wrapper", ".off-canvas"],
      ...[
        ".tab-bar",
        ".central-account-wrapper",
        ".feedback-container",
        "#contentBodyFooter",
        ".MCHelpControl-Related",
      ],
    ],
    hasClutter: true,
    shape: publishedTopic,
    siteNames: [/bbj documentation/, /basis(?: international)?(?:,? ltd\.?)?(?: help| documentation)?/, /basishelp/],
  },
  document: ({ url, title, content, tree }, _, start) => {
    if (isMenu(tree)) return undefined;
    // Flare's own folder for topics, where the publisher did not leave it out.
    const path = decoded(new URL(url).pathname.slice(folderOf(start).length)).replace(/^content\//i, "");
    return {
      sourceUrl: url,
      title,
      docType: documentType(path, content),
      content,
      generations: generationsOfTopic({ path, conditions: [], content }),
      contextHeader: contextHeader(sectionPath(tree, path), title),
      deprecated: false,
      displayUrl: url,
      metadata: {},
    };
  },
};

/** `/help` is a folder whose slash is missing: without it, all that lies beside the folder would belong to it. */
export function withSlash(address: string): string {
  const url = new URL(address);
  // A version is no file: `/v21.0`.
  if (!/\.[a-z]\w*$/i.test(url.pathname.slice(url.pathname.lastIndexOf("/"))))
    url.pathname = url.pathname.replace(/(?<!\/)\/*$/, "/");
  return url.href;
}

/** The breadcrumbs of a page, else what Flare makes them of, else its folders. */
function sectionPath(tree: Root, path: string): string[] {
  for (const trail of findElements(tree, TRAILS).slice(0, TRAILS_MAX)) {
    const names = elementsOf(trail)
      .filter((step) => step !== trail && isStep(step))
      .slice(0, STEPS_MAX)
      .map(textOf)
      .filter((name) => /[\p{L}\p{N}]/u.test(name));
    if (names.length > 0) return names;
  }
  // Where a book is called like its topic, Flare may leave its placeholder for that.
  const places = listOf(tree, "dataMcTocPath", "madcap:tocpath", "|")
    .map((place) => withoutPlaceholders(place, () => ""))
    .filter((place) => /[\p{L}\p{N}]/u.test(place));
  return places.length > 0 ? places : path.split("/").slice(0, -1);
}

/** Whether a page is one of the frames that menus are in. */
function isMenu(tree: Root): boolean {
  const types = listOf(tree, "dataMcRuntimeFileType", "madcap:runtimefiletype", ";");
  return types.length > 0 && types.every((type) => MENU.test(type.trim()));
}

/** What Flare says of a page in its first element, by its newer or its older name. */
function listOf(tree: Root, name: string, older: string, separator: string): string[] {
  const properties = elementsOf(tree)[0]?.properties;
  const value = properties?.[name] ?? properties?.[older];
  return typeof value === "string" && value.trim() !== "" ? value.split(separator) : [];
}

/** A link, or what Flare writes for a place without one; not "You are here:", nor the marks between. */
function isStep({ tagName, properties }: Element): boolean {
  const classes = Array.isArray(properties.className) ? properties.className : [];
  return tagName === "a" || classes.includes("MCBreadcrumbs") || classes.includes("MCBreadcrumbsSelf");
}

/** Where the lists of a help are. The first page may be a topic, in Flare's folder for topics beside them. */
function rootOf(start: URL): string {
  return new URL(folderOf(start).replace(/(?<=\/)content\/$/i, ""), start).href;
}

/** Where the start page lies: `/help/` of `/help/index.htm`. */
function folderOf({ pathname }: URL): string {
  return pathname.slice(0, pathname.lastIndexOf("/") + 1);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
