/** What becomes of MadCap's own elements; those that are not named here leave their content. */
type MadCapRule =
  /** For the builder of the help, not for its readers. */
  | "dropped"
  | "variable"
  | "cross-reference"
  | "snippet-block"
  | "snippet-text"
  /** What one clicks on to see what follows: a heading. */
  | "head"
  | "block"
  /** What is shown beside the text that it explains. */
  | "aside"
  /** What one clicks on a word to see, right behind it. */
  | "words"
  | "code"
  | "equation";

const RULES: Readonly<Record<string, MadCapRule>> = {
  keyword: "dropped",
  concept: "dropped",
  microcontent: "dropped",
  changedata: "dropped",
  codesnippetcopybutton: "dropped",
  variable: "variable",
  xref: "cross-reference",
  snippetblock: "snippet-block",
  snippettext: "snippet-text",
  dropdown: "block",
  dropdownhead: "head",
  dropdownbody: "block",
  codesnippet: "block",
  codesnippetcaption: "block",
  codesnippetbody: "code",
  expandingbody: "words",
  popupbody: "aside",
  footnote: "aside",
  equation: "equation",
};

/** The rule for an element by its lower-case name; undefined for those of HTML. */
export function madCapRule(name: string): MadCapRule | "content" | undefined {
  if (!name.startsWith("madcap:")) return undefined;
  const local = name.slice("madcap:".length);
  // `bodyProxy`, `breadcrumbsProxy`, ... are filled when the help is built.
  if (local.endsWith("proxy") || local.startsWith("microcontent")) return "dropped";
  return RULES[local] ?? "content";
}
