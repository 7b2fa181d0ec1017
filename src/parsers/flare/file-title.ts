import { readableName } from "../readable-name.ts";

/** The name of a file as a title. */
export function fileTitle(path: string): string {
  return readableName((path.split("/").at(-1) ?? "").replace(/\.html?$/i, ""));
}
