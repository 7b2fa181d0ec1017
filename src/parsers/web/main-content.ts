import type { Element, ElementContent, Root } from "hast";
import { htmlToMarkdown, textOf } from "../html/to-markdown.ts";
import { boundedTitle } from "../titles.ts";
import { clutterOf } from "./clutter.ts";
import { findElement, findElements } from "./find-elements.ts";
import { type Folded, foldedIn } from "./folded.ts";
import { elementsOf } from "./page-links.ts";

/** Where the text of a page stands and what around it does not belong to it: rules for one kind of site, as data. */
export type ContentRules = {
  /** CSS selectors; the first one that the page has decides. */
  readonly roots: readonly string[];
  /** CSS selectors of what is removed inside of the root, beside what every site has. */
  readonly removed: readonly string[];
  /** What stands behind the title of every page: names of the site. */
  readonly siteNames: readonly RegExp[];
  /** Whether plug-ins and themes put navigation into the text of a page. */
  readonly hasClutter?: boolean;
  /** Makes plain HTML of what one make of site writes in its own way. */
  shape?(root: Element): Element;
};

/** What a reader would call the page. */
export type MainContent = {
  readonly title: string;
  /** Markdown; "" when the root holds no text. */
  readonly content: string;
  /** The selector that found it. */
  readonly root: string;
};

/** On every kind of site. `aside` alone stays: a note beside a text is text. */
const REMOVED = [
  ...["nav", "footer", "dialog", "[role=navigation]", "[role=search]", "[role=banner]", "[role=contentinfo]"],
  ...["[role=complementary]", "[role=dialog]", "form[role=search]", "form.search"],
  ...[".breadcrumb", ".breadcrumbs", "#breadcrumbs", "[class*=breadcrumbs]", "[aria-label=breadcrumb]"],
  ...[".sidebar", "#sidebar", ".widget", ".widget-area", "aside.sidebar"],
  ...["#comments", ".comments", ".comments-area", "#respond", ".comment-respond", ".comment-list"],
  ...[".skip-link", ".skip-to-content", ".skip-nav", ".screen-reader-text", ".sr-only", ".invisible-label"],
  ...[".sharedaddy", ".jp-relatedposts", ".related-posts", ".post-navigation", ".nav-links", ".post-tags"],
  ...[".cookie-notice", "#cookie-notice", ".site-header", ".site-footer", "#masthead", "#colophon"],
];
/** Where the whole page is taken, so is what stands around its text. */
const REMOVED_FROM_BODY = ["header", "aside", "form", "#header", "#footer", ".header", ".footer"];

/** They may lie in each other, and what is read of each is all that lies in it. */
const ROOTS_MAX = 10;
const HEADINGS_MAX = 10;
/** What is longer is no title; patterns that try every place of it would take for ever. */
const TITLE_CHARACTERS_MAX = 1_000;
const SEPARATORS = "-–—|»·•";
const SITE_PART = new RegExp(`^\\s*[${SEPARATORS}]\\s`);

/** Title and text of a page, without what surrounds them. */
export function mainContent(tree: Root, rules: ContentRules, url: string): MainContent {
  const selector = rules.roots.find((root) => findElement(tree, root) !== undefined) ?? "body";
  const found = findElements(tree, [selector]).slice(0, ROOTS_MAX);
  const removed = [...REMOVED, ...rules.removed, ...(selector === "body" ? REMOVED_FROM_BODY : [])];
  const folded = foldedIn(tree);
  const hidden = findElements(tree, ["[hidden]"]).filter((element) => !folded.panels.has(element));
  const unwanted = new Set([...findElements(tree, removed), ...hidden]);
  // A page that consists of links only has these as its text.
  const ways = rules.hasClutter === true ? [true, false] : [false];
  // A theme may have several, e.g. an empty one beside the text: the first with words is meant.
  for (const [root, isCleared] of ways.flatMap((way) => found.map((place): [Element, boolean] => [place, way]))) {
    const kept = without(root, isCleared ? unwanted.union(clutterOf(root, unwanted)) : unwanted, folded);
    if (!/[\p{L}\p{N}]/u.test(textOf(kept))) continue;
    const content = htmlToMarkdown(rules.shape?.(kept) ?? kept);
    return { title: titleOf(tree, kept, rules, url), content, root: selector };
  }
  return { title: titleOf(tree, tree, rules, url), content: "", root: selector };
}

function without(element: Element, unwanted: ReadonlySet<Element>, folded: Folded): Element {
  const shown = folded.heads.get(element) ?? element;
  const children = shown.children.flatMap((child): ElementContent[] => {
    if (child.type === "comment") return [];
    if (child.type !== "element") return [child];
    return unwanted.has(child) ? [] : [without(child, unwanted, folded)];
  });
  return { ...shown, children };
}

/** `<title>` without the site's name, else the first heading, else the last part of the address. */
function titleOf(tree: Root, root: Root | Element, { siteNames }: ContentRules, url: string): string {
  const inside = headingsOf(root);
  const headings = [...inside, ...headingsOf(tree)];
  const head = findElement(tree, "head title");
  const whole = head === undefined ? "" : textOf(head).slice(0, TITLE_CHARACTERS_MAX);
  const site = findElement(tree, "meta[property=og:site_name]")?.properties.content;
  const names = typeof site === "string" ? [new RegExp(RegExp.escape(site.trim()), "i"), ...siteNames] : siteNames;
  return boundedTitle(withoutSite(whole, names, headings, inside) || headings[0] || lastPart(url));
}

function withoutSite(
  title: string,
  names: readonly RegExp[],
  headings: readonly string[],
  inside: readonly string[],
): string {
  // A page that is called like its site has no name of its own.
  const isSite = (text: string) => names.some((name) => new RegExp(`^(?:${name.source})$`, "i").test(text));
  // One of the page's headings tells its name from the site's, whatever that is; unless that of its text stands behind.
  const own = headings.filter((heading) => {
    if (!title.startsWith(heading) || !SITE_PART.test(title.slice(heading.length)) || isSite(heading)) return false;
    return !inside.includes(title.slice(heading.length).replace(SITE_PART, ""));
  });
  const [longest] = own.toSorted((one, other) => other.length - one.length);
  if (longest !== undefined) return longest;
  const suffix = new RegExp(`\\s+[${SEPARATORS}]+\\s+(?:${names.map(({ source }) => source).join("|")})\\s*$`, "i");
  for (let shorter = title.replace(suffix, ""); shorter !== title; shorter = title.replace(suffix, "")) title = shorter;
  return isSite(title) ? "" : title;
}

function headingsOf(node: Root | Element): string[] {
  return elementsOf(node)
    .filter(({ tagName }) => tagName === "h1")
    .slice(0, HEADINGS_MAX)
    .map((heading) => textOf(heading).slice(0, TITLE_CHARACTERS_MAX))
    .filter((heading) => heading !== "");
}

function lastPart(url: string): string {
  const { pathname, hostname } = new URL(url);
  const part =
    pathname
      .replace(/(?<!\/)\/+$/, "")
      .split("/")
      .at(-1) ?? "";
  return (
    part
      .replace(/\.html?$/i, "")
      .replace(/[-_]+/g, " ")
      .trim() || hostname
  );
}
