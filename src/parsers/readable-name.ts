import { withoutNumberPrefix } from "./mdx/docusaurus-site.ts";

/** `02-data_access` is "Data access". */
export function readableName(name: string): string {
  const words = withoutNumberPrefix(name)
    .replace(/[-_\s]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
