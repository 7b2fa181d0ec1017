// Docusaurus' rule (`numberPrefix.ts` of its docs plugin): "01-intro" and "2. intro" lose their number, dates and versions do not.
const NUMBER_PREFIX = /^\d+\s*[-_.]+\s*(?=[^-_.\s])/;
const DATE_OR_VERSION = /^(?:\d+[-_.]\d+|\d{4}[-_.]\d{2})/;

/** `01-getting-started` without its number. */
export function withoutNumberPrefix(name: string): string {
  return DATE_OR_VERSION.test(name) ? name : name.replace(NUMBER_PREFIX, "");
}

/** `02-data_access` is "Data access". */
export function readableName(name: string): string {
  const words = withoutNumberPrefix(name)
    .replace(/[-_\s]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Beyond this a title is a text: it would be longer than the chunk it stands above. */
const TITLE_CHARACTERS_MAX = 300;

/** A title on one line; one that is far too long ends in an ellipsis. */
export function boundedTitle(title: string): string {
  if (title.length <= TITLE_CHARACTERS_MAX) return title;
  return `${title.slice(0, TITLE_CHARACTERS_MAX - 1).toWellFormed()}…`;
}

/** The name of a page's file as a title. */
export function fileTitle(path: string): string {
  return readableName((path.split("/").at(-1) ?? "").replace(/\.(?:html?|mdx?)$/i, ""));
}

/** Not a dash, behind which the name may go on. */
const SITE = /^\s*[|»·•]\s/;

/** A title without the name of the site behind it, where the page is called something without it elsewhere. */
export function pageName(title: string, elsewhere: string): string {
  const isLonger = elsewhere !== "" && title.startsWith(elsewhere) && SITE.test(title.slice(elsewhere.length));
  return isLonger ? elsewhere : title;
}
