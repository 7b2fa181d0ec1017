import { readable } from "../mdx/folder-labels.ts";

/** The name of a file as a title. */
export function fileTitle(path: string): string {
  return readable((path.split("/").at(-1) ?? "").replace(/\.html?$/i, ""));
}
