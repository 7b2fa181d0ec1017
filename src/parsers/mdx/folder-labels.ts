import { join, resolve } from "node:path";
import { decodeText } from "../decode-text.ts";
import { readableName } from "../titles.ts";
import { readFrontMatter } from "./front-matter.ts";

const CATEGORY_FILES = ["_category_.json", "_category_.yml", "_category_.yaml"];
const INDEX_PAGES = ["index.md", "index.mdx", "README.md", "README.mdx"];

/** Reads the labels of the folders that lead to a page; each folder is looked at once. */
export class FolderLabels {
  readonly #dataDir: string;
  readonly #labels = new Map<string, Promise<string>>();

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** One label for each folder of `path`, a page's path in its `root`. */
  of(root: string, path: string): Promise<string[]> {
    const folders = path.split("/").slice(0, -1);
    return Promise.all(folders.map((_, index) => this.#label(join(root, ...folders.slice(0, index + 1)))));
  }

  #label(folder: string): Promise<string> {
    const known = this.#labels.get(folder);
    if (known !== undefined) return known;
    const label = labelOf(resolve(this.#dataDir, folder));
    this.#labels.set(folder, label);
    return label;
  }
}

/** As Docusaurus has it in its sidebar: the label of the category, else that of the folder's index page, else its name. */
async function labelOf(folder: string): Promise<string> {
  for (const name of CATEGORY_FILES) {
    const label = categoryLabel(await textOf(join(folder, name)));
    if (label !== "") return label;
  }
  for (const name of INDEX_PAGES) {
    const { values } = readFrontMatter(await textOf(join(folder, name)));
    const label = values.get("sidebar_label") ?? values.get("title");
    if (label !== undefined) return label;
  }
  return readableName(folder.split(/[\\/]/).at(-1) ?? "");
}

function categoryLabel(text: string): string {
  try {
    // JSON is YAML too.
    const category: unknown = Bun.YAML.parse(text);
    const isLabelled = typeof category === "object" && category !== null && "label" in category;
    return isLabelled && typeof category.label === "string" ? category.label : "";
  } catch {
    // A category that cannot be read leaves the folder its name.
    return "";
  }
}

/** The text of a small file; "" when it does not exist or cannot be read. */
async function textOf(path: string): Promise<string> {
  try {
    return decodeText(await Bun.file(path).bytes());
  } catch {
    return "";
  }
}
