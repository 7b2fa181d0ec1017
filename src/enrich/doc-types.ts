/** Every `doc_type` there is. */
export const DOC_TYPES = [
  "api-reference",
  "language-reference",
  "version-note",
  "migration",
  "example",
  "best-practice",
  "concept",
  "tutorial",
  "article",
] as const;

export type DocType = (typeof DOC_TYPES)[number];

export function isDocType(name: string): name is DocType {
  return DOC_TYPES.some((known) => known === name);
}
