import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ListedFile } from "../file-listing.ts";
import type { SourceEntry } from "../parser.ts";
import { onDisk } from "../source-folders.ts";

/** Where a topic belongs. */
export type TopicPlace = {
  /** The folder of its project, as file paths are written: relative to the data directory. */
  readonly project: string;
  /** Relative to the project: `Content/basics/intro.htm`. */
  readonly path: string;
};

const CONTENT = "content";

/** Finds the projects that files belong to: the folder with `Content` that looks most like one. */
export class ProjectFinder {
  readonly #dataDir: string;
  readonly #known = new Map<string, boolean>();

  constructor({ dataDir }: Pick<SourceEntry, "dataDir">) {
    this.#dataDir = dataDir;
  }

  /** Undefined for files that are not in a `Content` folder. `path` is relative to the data directory. */
  placeOf(path: string): TopicPlace | undefined {
    const segments = path.split("/");
    const candidates = segments
      .slice(0, -1)
      .flatMap((segment, index) => (segment.toLowerCase() === CONTENT ? [index] : []));
    // `Content` may be the name of a folder above the project, or of one within it.
    const at = candidates.find((index) => this.#isProject(folderOf(segments, index))) ?? candidates[0];
    if (at === undefined) return undefined;
    return { project: folderOf(segments, at), path: segments.slice(at).join("/") };
  }

  /**
   * Where a topic may be addressed, by preference: without its project's folder where that lies in `root`, the folder of `paths`
   * that the topic came from, or one level down. Of topics of the same path in several projects, the first has it to itself.
   */
  addressesOf({ path, root }: Pick<ListedFile, "path" | "root">): string[] {
    const place = this.placeOf(path);
    if (place === undefined) return [];
    const { project } = place;
    const isBelow = project !== "." && project !== root && !root.startsWith(`${project}/`);
    const below = isBelow ? project.slice(root === "." ? 0 : root.length + 1) : "";
    const folders = [below.includes("/") ? below : "", below, project === "." ? "" : project];
    const inContent = place.path.slice(place.path.indexOf("/") + 1);
    return [...folders.map((folder) => `${folder === "" ? "" : `${folder}/`}Content/${inContent}`), `/${path}`];
  }

  #isProject(folder: string): boolean {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const absolute = onDisk(resolve(this.#dataDir, folder));
    const isProject = existsSync(join(absolute, "Project")) || namesIn(absolute).some((name) => /\.flprj$/i.test(name));
    this.#known.set(folder, isProject);
    return isProject;
  }
}

function folderOf(segments: readonly string[], at: number): string {
  return segments.slice(0, at).join("/") || (segments[0] === "" ? "/" : ".");
}

/** Names in a folder; none when it cannot be listed, which the listing of the source says. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
