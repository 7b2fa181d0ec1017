import type { Root } from "xast";
import type { RefusedEntry } from "../file-listing.ts";
import { reasonOf } from "./read-xml.ts";
import type { ProjectFile } from "./snippets.ts";
import { readToc } from "./tocs.ts";
import { readVariables, type VariableSet } from "./variables.ts";

/** The files of a project that its topics share. */
export type ProjectFiles = {
  readonly files: ProjectFile[];
  readonly snippets: Map<string, string>;
  readonly variables: VariableSet[];
  readonly tocs: Map<string, Root>;
  readonly topics: ProjectFile[];
  readonly problems: Map<string, RefusedEntry>;
  /** Paths in the project of those of its files that cannot be read for now. */
  readonly awaited: Set<string>;
};

/** Adds a file to what a project shares. Says why when it cannot. */
export function takeFile(
  kind: string,
  path: string,
  text: string,
  { snippets, variables, tocs }: ProjectFiles,
): string {
  try {
    if (kind === "flsnp") snippets.set(path, text);
    else if (kind === "fltoc") tocs.set(path, readToc(text));
    else variables.push(readVariables(path, text));
    return "";
  } catch (error) {
    return `not well-formed XML: ${reasonOf(error)}`;
  }
}
