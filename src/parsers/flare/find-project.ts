import { type Dirent, readdirSync } from "node:fs";
import { resolve } from "node:path";
import type { ListedFile } from "../file-listing.ts";
import type { SourceEntry } from "../parser.ts";
import { onDisk } from "../source-folders.ts";

/** Where a topic belongs. */
type TopicPlace = {
  /** The folder of its project, as file paths are written: relative to the data directory. */
  readonly project: string;
  /** Relative to the project: `Content/basics/intro.htm`. */
  readonly path: string;
};

/** What a file lies in. */
type Surroundings = {
  /** The project next above it that says so itself; undefined without one. */
  readonly project: string | undefined;
  readonly build: Build | undefined;
};

/** A folder with what Flare made of a project. */
export type Build = {
  readonly folder: string;
  /** Sources that it was made of lie above it. */
  readonly isInProject: boolean;
};

const CONTENT = "content";
/** Where Flare puts what it builds, unless a target says otherwise. */
export const OUTPUT = "output";

/** Finds the projects that files belong to: the folder with `Content` that looks most like one. */
export class ProjectFinder {
  readonly #dataDir: string;
  readonly #contents = new Map<string, Contents>();
  readonly #builds = new Map<string, boolean>();
  /** Of all files in a folder. */
  readonly #surroundings = new Map<string, Surroundings>();

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
    const at =
      candidates.findLast((index) => this.#isWholeProject(folderOf(segments, index))) ??
      candidates.find((index) => this.#isProject(folderOf(segments, index))) ??
      candidates[0];
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

  /** The name of a project's own file; undefined when it has none. */
  projectFile(folder: string): string | undefined {
    return [...this.#in(folder).files.values()].find((name) => /\.flprj$/i.test(name));
  }

  /** Whether a built page in the `Content` of a folder stands beside its sources: they are there, or above it within `root`. */
  hasSources(folder: string, root: string): boolean {
    if (this.#isProject(folder)) return true;
    const segments = folder.split("/");
    const above = segments.map((_, index) => folderOf(segments, index)).filter((one) => one !== folder);
    return above.some((one) => (one === root || liesBelow(one, root)) && this.#has(one, CONTENT));
  }

  #isProject(folder: string): boolean {
    return this.#has(folder, "project") || this.projectFile(folder) !== undefined;
  }

  /** Whether a file is of the project in this folder, not of one within it or of what was built there. */
  isPartOf(project: string, path: string): boolean {
    const { project: next, build } = this.#around(path);
    return ![next, build?.folder].some((folder) => folder !== undefined && liesBelow(folder, project));
  }

  /** The build that a file is part of, unless the source names that folder itself, or one in it. */
  buildOf({ path, root }: Pick<ListedFile, "path" | "root">): Build | undefined {
    const { build } = this.#around(path);
    return build === undefined || root === build.folder || liesBelow(root, build.folder) ? undefined : build;
  }

  #around(path: string): Surroundings {
    const segments = path.split("/");
    const inFolder = folderOf(segments, segments.length - 1);
    const known = this.#surroundings.get(inFolder);
    if (known !== undefined) return known;
    const folders = segments.map((_, index) => folderOf(segments, index));
    const own = folders.findLastIndex((folder) => this.#isWholeProject(folder));
    const surroundings = { project: folders[own], build: this.#buildIn(folders, segments, own) };
    this.#surroundings.set(inFolder, surroundings);
    return surroundings;
  }

  /** The build among the folders that lead to a file, from the data directory down; `own` is the one of its project, or -1. */
  #buildIn(folders: readonly string[], segments: readonly string[], own: number): Build | undefined {
    const from = Math.max(own, 0);
    const builds = folders.map((folder, at) => at >= from && at !== own && this.#isBuild(folder));
    const source = folders.findIndex((folder, at) => at >= from && this.#has(folder, CONTENT) && builds[at] !== true);
    if (source < 0) {
      const folder = folders[builds.indexOf(true)];
      return folder === undefined ? undefined : { folder, isInProject: false };
    }
    const below = segments[source]?.toLowerCase();
    const at = folders.findIndex((folder, index) => {
      if (index <= source) return false;
      if (builds[index] === true || (index === source + 1 && below === OUTPUT)) return true;
      return source === own && below !== CONTENT && this.#has(folder, CONTENT);
    });
    const folder = folders[at];
    return folder === undefined ? undefined : { folder, isInProject: true };
  }

  /** A `Content` may have a folder called `Project`. */
  #isWholeProject(folder: string): boolean {
    const hasFolders = this.#has(folder, "project") && this.#has(folder, CONTENT);
    return hasFolders || this.projectFile(folder) !== undefined;
  }

  /** Whether a folder has what only Flare puts there, beside the pages of a help that it built. */
  #isBuild(folder: string): boolean {
    const known = this.#builds.get(folder);
    if (known !== undefined) return known;
    const { files, folders } = this.#in(folder);
    const data = folders.get("data");
    const inData = data === undefined ? undefined : this.#in(folder === "." ? data : `${folder}/${data}`).files;
    const isBuild =
      inData?.has("helpsystem.xml") === true ||
      inData?.has("helpsystem.js") === true ||
      folders.has("skinsupport") ||
      [...files.keys()].some((name) => /\.mc(?:web)?help$/.test(name));
    this.#builds.set(folder, isBuild);
    return isBuild;
  }

  #has(folder: string, name: string): boolean {
    return this.#in(folder).folders.has(name);
  }

  #in(folder: string): Contents {
    const known = this.#contents.get(folder);
    if (known !== undefined) return known;
    const contents = contentsOf(onDisk(resolve(this.#dataDir, folder)));
    this.#contents.set(folder, contents);
    return contents;
  }
}

function folderOf(segments: readonly string[], at: number): string {
  return segments.slice(0, at).join("/") || (segments[0] === "" ? "/" : ".");
}

function liesBelow(folder: string, above: string): boolean {
  if (above === ".") return folder !== "." && !folder.startsWith("/");
  return folder.startsWith(above.endsWith("/") ? above : `${above}/`) && folder !== above;
}

/** Names in a folder as they are written, by their lower-case form. */
type Contents = { readonly files: ReadonlyMap<string, string>; readonly folders: ReadonlyMap<string, string> };

/** Nothing when it cannot be listed, which the listing of the source says. */
function contentsOf(folder: string): Contents {
  const files = new Map<string, string>();
  const folders = new Map<string, string>();
  for (const entry of entriesOf(folder)) {
    const key = entry.name.toLowerCase();
    // A link may be either.
    if (!entry.isDirectory()) files.set(key, entry.name);
    if (!entry.isFile()) folders.set(key, entry.name);
  }
  return { files, folders };
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
