import type { Root } from "hast";
import type { Document, SourceEntry } from "../parser.ts";
import type { LeftOutReason } from "./left-out.ts";
import type { ContentRules, MainContent } from "./main-content.ts";
import type { ListPlace } from "./page-list.ts";

/** A page of a site that was read. */
type WebPage = MainContent & { readonly url: string; readonly tree: Root };

/** A list of pages that a page names, as plain data. */
export type NamedList = { readonly url: string; readonly root: string };

/** What a parser of web sites has of its own; fetching, crawling, limits and fingerprints are shared. */
export type WebFormat = {
  /** Raised with every change that makes other documents of the same pages. */
  readonly version: number;
  readonly follows: boolean;
  /** Whether an address, on whatever host, is one of a page. */
  isWanted(url: URL, start: URL): boolean;
  /** Why another address is named; undefined for what is no page. Without it, pages on other hosts are. */
  whyLeftOut?(url: URL, start: URL): LeftOutReason | undefined;
  /** Files that may list its pages; `start` is the start page. */
  lists(start: URL): readonly ListPlace[];
  /** Such files that pages name, where it knows any. */
  readonly named?: {
    on(tree: Root, url: string, start: URL): readonly NamedList[];
    place(list: NamedList): ListPlace;
  };
  /** False where a query names no page of its own: static files. */
  readonly pagesHaveQueries?: boolean;
  readonly rules: ContentRules;
  /** Undefined for a page without text of its own. */
  document(page: WebPage, source: SourceEntry, start: URL): Document | undefined;
};
