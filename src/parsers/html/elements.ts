/** Elements that begin on a line of their own. */
export const BLOCKS = setOf(
  "address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 " +
    "h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol p plaintext pre section summary table tbody td tfoot " +
    "th thead tr ul caption xmp",
);

/** Blocks whose white space is shown as it stands. */
export const CODE_BLOCKS = setOf("pre listing plaintext xmp");

export const INLINE_CODE = setOf("code kbd samp var");

/** What is seen in a line without being text: pictures, and what one types into. */
export const REPLACED = setOf(
  "img picture audio video canvas svg object embed iframe button input select textarea map",
);

/** What is not seen at all. */
export const UNSEEN = setOf(
  "script style noscript template source track link meta title base area datalist noembed noframes frameset applet param",
);

/** Inline elements that mean something in Markdown; of others their content does. */
export const MEANT = new Set([...setOf("b strong i em u mark q br"), ...INLINE_CODE, ...REPLACED]);

function setOf(names: string): ReadonlySet<string> {
  return new Set(names.split(" "));
}
