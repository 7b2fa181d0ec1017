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
