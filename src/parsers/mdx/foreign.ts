import type { Expression } from "estree";
import { codeBlock, codeSpan } from "../../text/markdown.ts";
import { joinedLines } from "../../text/printable.ts";
import type { Put } from "./edits.ts";
import type { Value } from "./scope.ts";
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

/** What is put in a place that shows something of other files. */
export function foreignPuts(parts: readonly Foreign[], language: string, oneLine: boolean): readonly Put[] {
  return parts.flatMap((part): readonly Put[] => {
    if (part.kind === "page") {
      const line = part.markdown.replace(/\s+/g, " ").trim();
      return [oneLine ? { kind: "text", text: line } : { kind: "page", markdown: part.markdown }];
    }
    const code = part.code.trimEnd();
    if (code === "") return [];
    if (!oneLine) return [{ kind: "page", markdown: codeBlock(code, language || part.language) }];
    return [{ kind: "span", text: codeSpan(joinedLines(code).trim()) }];
  });
}
