import type { Element, Root } from "xast";
import { boundedTitle } from "../titles.ts";
import { attribute, parseXml } from "./read-xml.ts";
import { decoded, keyOf } from "./snippets.ts";

/** An entry on the way to a topic. */
export type TocEntry = {
  readonly title: string;
  /** What it links to, as `keyOf` has it, relative to the project; "" for a mere heading. */
  readonly link: string;
  /** The entry it stands below. */
  readonly above: TocEntry | undefined;
};

/** What an entry is called like: the topic that it links to, or the first heading of that. */
export const LINKED = /\[%=\s*System\.Linked(Title|Header)\s*%\]/gi;

/** The entry of each topic, by `keyOf` its path. */
export type Tocs = ReadonlyMap<string, TocEntry>;

/** Tables of contents that come before others when a topic is in several. */
const FIRST = ["basishelp", "emhelp", "bdthelp", "pro5toc"];
/** How deep tables of contents are read within each other; one that lies deeper is read on its own. */
const TOCS_WITHIN_MAX = 10;

/** A `.fltoc` file that was read. Throws when it is not well-formed XML. */
export function readToc(text: string): Root {
  return parseXml(text);
}

/** The way to each topic: the first table of contents that has it wins, there an entry for all of it before one for an anchor. */
export function waysToTopics(tocs: ReadonlyMap<string, Root>): Tocs {
  const left = new Map([...tocs].map(([path, root]) => [keyOf(path), root]));
  const ways = new Map<string, TocEntry>();
  for (const path of [...left.keys()].sort(inOrder)) {
    const anchored = new Map<string, TocEntry>();
    take(path, undefined, 1, left, ways, anchored);
    for (const [topic, way] of anchored) if (!ways.has(topic)) ways.set(topic, way);
  }
  return ways;
}

/** Reads a table of contents out of `left`: once is enough, for nobody comes first to a topic a second time. */
function take(
  toc: string,
  above: TocEntry | undefined,
  level: number,
  left: Map<string, Root>,
  whole: Map<string, TocEntry>,
  anchored: Map<string, TocEntry>,
): void {
  const root = left.get(toc);
  if (root === undefined || level > TOCS_WITHIN_MAX) return;
  left.delete(toc);
  const visit = (node: Root | Element, upper: TocEntry | undefined) => {
    for (const child of node.children) {
      if (child.type !== "element") continue;
      if (child.name !== "TocEntry") {
        visit(child, upper);
        continue;
      }
      const { link, anchor } = linkOf(attribute(child, "Link"));
      const entry = { title: boundedTitle(attribute(child, "Title").replace(/\s+/g, " ").trim()), link, above: upper };
      const target = anchor === "" ? whole : anchored;
      if (link.endsWith(".fltoc")) take(link, entry, level + 1, left, whole, anchored);
      else if (link !== "" && !target.has(link)) target.set(link, entry);
      visit(child, entry);
    }
  };
  visit(root, above);
}

function linkOf(value: string): { readonly link: string; readonly anchor: string } {
  const [path = "", anchor = ""] = value.replaceAll("\\", "/").trim().split("#", 2);
  const [file = ""] = path.split("?", 1);
  return { link: file === "" ? "" : keyOf(decoded(file).replace(/^\/+/, "")), anchor };
}

function inOrder(one: string, other: string): number {
  const rank = (path: string) => {
    const index = FIRST.indexOf(nameOf(path));
    return index < 0 ? FIRST.length : index;
  };
  if (rank(one) !== rank(other)) return rank(one) - rank(other);
  const [first, second] = [nameOf(one), nameOf(other)];
  return first === second ? (one < other ? -1 : 1) : first < second ? -1 : 1;
}

function nameOf(path: string): string {
  return (path.split("/").at(-1) ?? "").replace(/\.fltoc$/, "");
}
