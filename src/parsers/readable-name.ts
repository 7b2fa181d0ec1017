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
