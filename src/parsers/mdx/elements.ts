const set = (names: string): ReadonlySet<string> => new Set(names.split(" "));

/** Their content is not text of the page. */
const WITHOUT_TEXT = set("script style head svg iframe video audio canvas object template noscript nav");
/** A paragraph of their own. */
const BLOCKS = set(
  "p div section article aside main header footer details summary figure figcaption blockquote center table thead tbody tfoot caption ul ol dl form fieldset legend hr address menu",
);
/** A line of their own. */
const LINES = set("tr td th dt dd br option");
const INLINE = set(
  "a abbr acronym b bdi bdo big button cite code data del dfn em font i img input ins kbd label mark output picture q s samp select small source span strike strong sub sup textarea time title track tt u var wbr li h1 h2 h3 h4 h5 h6 pre html body link meta embed area base col colgroup",
);
const VOID = set("area base br col embed hr img input link meta source track wbr");
/** HTML does not ask for their closing tags. */
const CLOSED_BY_OTHERS = set("p li td th tr dt dd option thead tbody tfoot colgroup html body");
const CODE = set("pre ExpandableCode CodeBlock");

/** How an element separates the text before it from the text behind it. */
export function separation(name: string): "\n\n" | "\n" | undefined {
  return BLOCKS.has(name) ? "\n\n" : LINES.has(name) ? "\n" : undefined;
}

export function isHtml(name: string): boolean {
  return BLOCKS.has(name) || LINES.has(name) || INLINE.has(name) || WITHOUT_TEXT.has(name);
}

/** A component, or a custom element. */
export function isComponent(name: string): boolean {
  return /^[A-Z]|[.:-]/.test(name);
}

/** Whether it has no closing tag, or may go without. */
export function mayStayOpen(name: string): boolean {
  return VOID.has(name) || CLOSED_BY_OTHERS.has(name);
}

export function hasNoText(name: string): boolean {
  // `Head` and its like are components that stand for the elements.
  return WITHOUT_TEXT.has(name.toLowerCase());
}

export function isCode(name: string): boolean {
  return CODE.has(name);
}

export function isImage(name: string): boolean {
  return name === "img";
}
