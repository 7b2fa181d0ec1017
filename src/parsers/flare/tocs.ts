import type { Element, Root } from "xast";
import { attribute } from "./attribute.ts";
import { parseXml } from "./read-xml.ts";
import { decoded, keyOf } from "./snippets.ts";

/** An entry on the way to a topic. */
export type TocEntry = {
  readonly title: string;
  /** What it links to, as `keyOf` has it, relative to the project; "" for a mere heading. */
  readonly link: string;
};

/** The entries that lead to each topic, its own included, by `keyOf` its path. */
export type Tocs = ReadonlyMap<string, readonly TocEntry[]>;

/** Tables of contents that come before others when a topic is in several. */
const FIRST = ["basishelp", "emhelp", "bdthelp", "pro5toc"];

/** A `.fltoc` file that was read. Throws when it is not well-formed XML. */
export function readToc(text: string): Root {
  return parseXml(text);
}

/** The way to each topic: the first table of contents that has it wins, there an entry for all of it before one for an anchor. */
export function waysToTopics(tocs: ReadonlyMap<string, Root>): Tocs {
  const byKey = new Map([...tocs].map(([path, root]) => [keyOf(path), root]));
  const ways = new Map<string, readonly TocEntry[]>();
  for (const path of [...byKey.keys()].sort(inOrder)) {
    const anchored = new Map<string, readonly TocEntry[]>();
    walk(path, [], byKey, new Set(), ways, anchored);
    for (const [topic, way] of anchored) if (!ways.has(topic)) ways.set(topic, way);
  }
  return ways;
}

function walk(
  toc: string,
  above: readonly TocEntry[],
  tocs: ReadonlyMap<string, Root>,
  within: ReadonlySet<string>,
  whole: Map<string, readonly TocEntry[]>,
  anchored: Map<string, readonly TocEntry[]>,
): void {
  const root = tocs.get(toc);
  if (root === undefined || within.has(toc)) return;
  const here = new Set([...within, toc]);
  const visit = (node: Root | Element, path: readonly TocEntry[]) => {
    for (const child of node.children) {
      if (child.type !== "element") continue;
      if (child.name !== "TocEntry") {
        visit(child, path);
        continue;
      }
      const { link, anchor } = linkOf(attribute(child, "Link"));
      const way = [...path, { title: attribute(child, "Title").replace(/\s+/g, " ").trim(), link }];
      const target = anchor === "" ? whole : anchored;
      if (link.endsWith(".fltoc")) walk(link, way, tocs, here, whole, anchored);
      else if (link !== "" && !target.has(link)) target.set(link, way);
      visit(child, way);
    }
  };
  visit(root, above);
}

function linkOf(value: string): { readonly link: string; readonly anchor: string } {
  const [path = "", anchor = ""] = value.replaceAll("\\", "/").trim().split("#", 2);
  return { link: path === "" ? "" : keyOf(decoded(path).replace(/^\/+/, "")), anchor };
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
