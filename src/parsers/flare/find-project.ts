import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { SourceEntry } from "../parser.ts";

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
  readonly #source: Pick<SourceEntry, "paths" | "dataDir">;
  readonly #known = new Map<string, boolean>();
  readonly #single = new Map<string, boolean>();

  constructor(source: Pick<SourceEntry, "paths" | "dataDir">) {
    this.#source = source;
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
   * What tells the topics of several projects apart, as a prefix of their paths; "" where a source has one project only,
   * in its folder or one level down. `root` is the folder of `paths` that the topic came from.
   */
  prefixOf(project: string, root: string): string {
    if (this.#source.paths.length > 1) return project === "." ? "" : `${project}/`;
    if (project === root || project === "." || root.startsWith(`${project}/`)) return "";
    const below = project.slice(root === "." ? 0 : root.length + 1);
    return !below.includes("/") && this.#hasOneProject(root) ? "" : `${below}/`;
  }

  /** Whether a folder is not a project itself and has at most one project in it, one level down. */
  #hasOneProject(root: string): boolean {
    const known = this.#single.get(root);
    if (known !== undefined) return known;
    const folder = resolve(this.#source.dataDir, root);
    const isSingle =
      !holdsContent(folder) && namesIn(folder).filter((name) => holdsContent(join(folder, name))).length <= 1;
    this.#single.set(root, isSingle);
    return isSingle;
  }

  #isProject(folder: string): boolean {
    const known = this.#known.get(folder);
    if (known !== undefined) return known;
    const absolute = resolve(this.#source.dataDir, folder);
    const isProject = existsSync(join(absolute, "Project")) || namesIn(absolute).some((name) => /\.flprj$/i.test(name));
    this.#known.set(folder, isProject);
    return isProject;
  }
}

function holdsContent(folder: string): boolean {
  return namesIn(folder).some((name) => name.toLowerCase() === CONTENT);
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
