import { realpath } from "node:fs/promises";
import { resolve } from "node:path";
import { isMissing, systemReason } from "../../flow/system-reason.ts";
import { boundedFileText } from "../bounded-file.ts";
import { NOT_FOLLOWED, type RefusedEntry } from "../file-listing.ts";
import { followsLinks } from "../follow-links.ts";
import type { ParseContext, SourceEntry } from "../parser.ts";
import { exists, onDisk, SourceFolders } from "../source-folders.ts";
import { readableName } from "../titles.ts";
import { readFrontMatter } from "./front-matter.ts";

const CATEGORY_FILES = ["_category_.json", "_category_.yml", "_category_.yaml"];
const INDEX_PAGES = ["index.md", "index.mdx", "README.md", "README.mdx"];

/** Reads the labels of the folders that lead to a page; each folder is looked at once. */
export class FolderLabels {
  readonly #source: SourceEntry;
  readonly #bytesMax: number;
  readonly #folders: Promise<SourceFolders>;
  readonly #labels = new Map<string, Promise<string>>();
  readonly #refused: RefusedEntry[] = [];

  constructor(source: SourceEntry, { fileSizeBytesMax }: Pick<ParseContext, "fileSizeBytesMax">) {
    this.#source = source;
    this.#bytesMax = fileSizeBytesMax;
    this.#folders = SourceFolders.of(source);
  }

  /** Files that may hold a label and were not read. */
  get refused(): readonly RefusedEntry[] {
    return this.#refused;
  }

  /** One label for each folder of `path`, a page's path in its `root`. */
  of(root: string, path: string): Promise<string[]> {
    const folders = path.split("/").slice(0, -1);
    const prefix = root === "." ? "" : `${root.replace(/\/$/, "")}/`;
    return Promise.all(folders.map((_, index) => this.#label(prefix + folders.slice(0, index + 1).join("/"))));
  }

  #label(folder: string): Promise<string> {
    const known = this.#labels.get(folder);
    if (known !== undefined) return known;
    const label = this.#read(folder);
    this.#labels.set(folder, label);
    return label;
  }

  /** As Docusaurus has it in its sidebar: the label of the category, else that of the folder's index page, else its name. */
  async #read(folder: string): Promise<string> {
    for (const name of CATEGORY_FILES) {
      const label = categoryLabel(await this.#textOf(`${folder}/${name}`));
      if (label !== "") return label;
    }
    for (const name of INDEX_PAGES) {
      const { values } = readFrontMatter(await this.#textOf(`${folder}/${name}`));
      const label = values.get("sidebar_label") ?? values.get("title");
      if (label !== undefined) return label;
    }
    return readableName(folder.split("/").at(-1) ?? "");
  }

  /** The text of a small file; "" when it does not exist or cannot be read. */
  async #textOf(path: string): Promise<string> {
    const absolute = onDisk(resolve(this.#source.dataDir, path));
    const real = await realpath(absolute).catch((error: unknown) => ({ problem: systemReason(error), error }));
    if (typeof real !== "string") {
      const isAbsent = isMissing(real.error) && !(await exists(absolute));
      return isAbsent ? "" : this.#refuse(path, "failed", `cannot be read: ${real.problem}`);
    }
    const mayFollow = followsLinks(this.#source) || (await this.#folders).hold(real);
    if (!mayFollow) return this.#refuse(path, "skipped", NOT_FOLLOWED);
    const read = await boundedFileText(real, this.#bytesMax);
    return "problem" in read ? this.#refuse(path, "failed", read.problem) : read.text;
  }

  #refuse(path: string, as: RefusedEntry["as"], reason: string): "" {
    this.#refused.push({ kind: "refused", path, as, reason });
    return "";
  }
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
