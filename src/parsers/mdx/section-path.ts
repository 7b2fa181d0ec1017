import { dirname, join, relative } from "node:path";
import { withoutNumberPrefix } from "../../enrich/display-url.ts";
import { decodeText } from "../decode-text.ts";
import type { ListedFile } from "../file-listing.ts";
import type { SourceEntry } from "../../config/sources.ts";

const CATEGORY_FILES = ["_category_.json", "_category_.yml", "_category_.yaml"];

/** The folders a page lies in, from the source's own folder down, each with its label. */
export async function folderLabels(file: ListedFile, source: SourceEntry): Promise<string[]> {
  const root = join(source.dataDir, file.root);
  const inside = relative(root, dirname(file.absolute));
  if (inside === "" || inside.startsWith("..")) return [];
  const labels: string[] = [];
  let folder = root;
  for (const name of inside.split(/[\\/]/)) {
    folder = join(folder, name);
    labels.push((await categoryLabel(folder)) ?? readable(name));
  }
  return labels;
}

async function categoryLabel(folder: string): Promise<string | undefined> {
  for (const name of CATEGORY_FILES) {
    const category = Bun.file(join(folder, name));
    if (!(await category.exists())) continue;
    try {
      // JSON is YAML too.
      const value: unknown = Bun.YAML.parse(decodeText(await category.bytes()));
      if (typeof value === "object" && value !== null && "label" in value && typeof value.label === "string")
        return value.label;
    } catch {
      // A label that cannot be read leaves the folder its name.
    }
  }
  return undefined;
}

/** `02-data_access` -> "Data access". */
function readable(name: string): string {
  const words = withoutNumberPrefix(name).replace(/[-_]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
