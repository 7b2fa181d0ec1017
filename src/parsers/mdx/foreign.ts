import type { Expression } from "estree";
import type { Value } from "./known-value.ts";
import type { Markup } from "./markup.ts";

/** What a page has of other files, and of the page that shows it. */
export type PageSurroundings = {
  /** What it is given. */
  readonly props?: Value;
  /** Whether an expression names code of another file. */
  readonly namesCode?: (expression: Expression) => boolean;
  /** Asked for when the page has been read. */
  readonly partsOn?: (markup: Markup) => Promise<ForeignParts>;
};

/** Something of another file, in the place of a tag or an expression. */
export type Foreign =
  | {
      readonly kind: "page";
      readonly markdown: string;
      readonly heading: string;
      /** The tag is the page; else an attribute names it. */
      readonly isElement: boolean;
    }
  | { readonly kind: "code"; readonly code: string; readonly language: string };

/** By the places where the tags and expressions begin; at the end of the page what has no place. */
export type ForeignParts = ReadonlyMap<number, readonly Foreign[]>;
