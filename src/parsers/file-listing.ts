import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { systemReason } from "../flow/system-reason.ts";
import type { SourceEntry, Unlisted } from "./parser.ts";
import type { PathPattern } from "./path-pattern.ts";
import {
  configuredPath,
  exists,
  isAscii,
  isWithin,
  lastTarget,
  type RealEntry,
  realEntry,
  SourceFolders,
  withSlashes,
} from "./source-folders.ts";

/** A file of a source. Paths have forward slashes, and one way to write an accent (Unicode's form C), whatever the disk has. */
export type ListedFile = {
  readonly kind: "file";
  /** Relative to `dataDir`, unless it was configured as an absolute path. */
  readonly path: string;
  readonly absolute: string;
  /** The folder it came from, written like `path`: the configured directory, or that of a configured file or glob. */
  readonly root: string;
};

/** Something that belongs to the source but is not read. */
export type RefusedEntry = {
  readonly kind: "refused";
  readonly path: string;
  /** `failed` when documents may be missing because of it. */
  readonly as: "skipped" | "failed";
  readonly reason: string;
};

type ListingOptions = {
  readonly extensions: readonly string[];
  readonly signal: AbortSignal;
  /** Links that lead out of the folders of the source are followed. */
  readonly followLinks?: boolean | undefined;
  /** Paths of folders, beside those listed, that links may lead into. */
  readonly within?: readonly string[];
  /** A file comes under each of its paths, for others name it by one of them. */
  readonly everyPath?: boolean;
  /** Told of each file of a directory, and of those that a glob matches, that has none of the extensions. */
  readonly onOther?: (name: string, realPath: string) => void;
};

/**
 * The files of a source that have one of the extensions, and those configured by name whatever theirs is. In the order of
 * the configured paths, then of the code units of their paths; behind them, in the same order, what only links lead to.
 * Each file once, however many paths lead to it: its own one wins over those through links. Names that begin with a dot and
 * `node_modules` are passed over.
 */
export async function* listFiles(
  source: Pick<SourceEntry, "paths" | "dataDir">,
  options: ListingOptions,
): AsyncGenerator<ListedFile | RefusedEntry | Unlisted> {
  const paths = [...source.paths, ...(options.within ?? [])];
  const listing = new Listing(options, await SourceFolders.of({ ...source, paths }));
  const refused = new Set<string>();
  for await (const item of listing.all(source)) {
    // Several paths may lead to it.
    if (item.kind === "refused" && refused.has(item.path)) continue;
    if (item.kind === "refused") refused.add(item.path);
    yield item;
  }
}

type Listed = AsyncGenerator<ListedFile | RefusedEntry | Unlisted>;

type Entry = {
  readonly name: string;
  /** Its accents may be written in another way than those of `name`. */
  readonly onDisk: string;
  readonly isDirectory: boolean;
  readonly isLink: boolean;
  readonly isFile: boolean;
};

/** A file or directory on the way. */
type Place = {
  readonly path: string;
  readonly absolute: string;
  readonly real: string;
  /** Real paths of the directories that led here. */
  readonly above: readonly string[];
  readonly root: string;
  /** By way of a link. */
  readonly isLinked: boolean;
};

/** A glob, at a depth below its own directory; all is wanted without one. */
type Wanted = { readonly pattern: PathPattern | undefined; readonly depth: number };
const ALL: Wanted = { pattern: undefined, depth: 0 };

/** One that is followed; its place has the real path of what it leads to. */
type Link = { readonly name: string; readonly place: Place; readonly target: RealEntry; readonly wanted: Wanted };

/** Why a link is not followed. */
export const NOT_FOLLOWED =
  "a link out of the source's folder, which is not followed: follow_links = true in its entry allows it";

class Listing {
  readonly #options: ListingOptions;
  readonly #folders: SourceFolders;
  /** Real paths. */
  readonly #filesSeen = new Set<string>();
  readonly #directoriesSeen = new Set<string>();
  /** The real paths of files by their paths, of those that may be written in more than one way. */
  readonly #owners = new Map<string, string>();
  /** Names, by real paths, of files without one of the extensions. */
  readonly #others = new Map<string, string>();
  /** Those of which a glob wants some. */
  readonly #partlySeen = new Set<string>();
  /** Links that were met: they come last, when all files are known that have a path of their own. */
  readonly #links: Link[] = [];

  constructor(options: ListingOptions, folders: SourceFolders) {
    this.#options = options;
    this.#folders = folders;
  }

  async *all({ dataDir, paths }: Pick<SourceEntry, "paths" | "dataDir">): Listed {
    for (const configured of paths) yield* this.#path(dataDir, configured);
    yield* this.#linked();
    // Another path may name some of them.
    for (const [real, name] of this.#others) if (!this.#filesSeen.has(real)) this.#options.onOther?.(name, real);
  }

  /** What lies at a configured path. That may be a link: the user named it. */
  async *#path(dataDir: string, configured: string): Listed {
    const { path, pattern, root, absolute } = await configuredPath(dataDir, configured);
    const found = await realEntry(absolute).catch((error: unknown) => systemReason(error));
    if (typeof found === "string") {
      yield { kind: "unlisted", path: root, reason: found };
    } else if (found.isDirectory) {
      const place = { path: root, absolute, real: found.real, above: [], root, isLinked: false };
      yield* this.#directory(place, { pattern, depth: 0 });
    } else if (!found.isFile) {
      yield { kind: "refused", path: root, as: "failed", reason: "neither a file nor a directory" };
    } else if (this.#isNew(found.real)) {
      yield this.#named({ kind: "file", path, absolute, root: withSlashes(dirname(path)) }, found.real);
    }
  }

  /** What only links lead to. */
  async *#linked(): Listed {
    for (let link = this.#links.shift(); link !== undefined; link = this.#links.shift()) {
      const { name, place, target, wanted } = link;
      const inside = insideOf(name, place, wanted);
      if (!target.isDirectory) yield* this.#file(name, place, target, wanted);
      else if (inside === undefined) continue;
      else if (!this.#seenWith(inside).has(place.real) || this.#hasOtherPaths(place, inside)) {
        yield* this.#directory({ ...place, isLinked: true }, inside);
      }
    }
  }

  async *#directory(place: Place, wanted: Wanted): Listed {
    this.#options.signal.throwIfAborted();
    this.#seenWith(wanted).add(place.real);
    const entries = await sortedEntries(place.absolute).catch((error: unknown) => systemReason(error));
    if (typeof entries === "string") {
      yield { kind: "unlisted", path: place.path, reason: entries };
      return;
    }
    for (const entry of entries) {
      const below: Place = {
        path: place.path === "." ? entry.name : `${place.path}/${entry.name}`,
        absolute: join(place.absolute, entry.onDisk),
        real: join(place.real, entry.onDisk),
        above: [...place.above, place.real],
        root: place.root,
        isLinked: place.isLinked,
      };
      yield* this.#entry(entry, below, wanted);
    }
  }

  async *#entry(entry: Entry, place: Place, wanted: Wanted): Listed {
    const inside = insideOf(entry.name, place, wanted);
    if (entry.isLink) {
      const mayBeWanted = inside !== undefined || this.#isWanted(entry.name, place, wanted);
      if (mayBeWanted) yield* this.#link(entry.name, place, wanted);
    } else if (!entry.isDirectory) {
      yield* this.#file(entry.name, place, entry, wanted);
    } else if (inside !== undefined) {
      yield* this.#directory(place, inside);
    }
  }

  /** Puts a link aside until its turn comes, or says why it has none. */
  async *#link(name: string, place: Place, wanted: Wanted): Listed {
    const { path, absolute, above } = place;
    const target = await realEntry(absolute).catch((error: unknown) => systemReason(error));
    const isFile = typeof target === "string" ? this.#hasExtension(name) : !target.isDirectory;
    if (isFile ? !this.#isWanted(name, place, wanted) : insideOf(name, place, wanted) === undefined) return;
    const real = typeof target === "string" ? await lastTarget(absolute) : target.real;
    // All that a loop leads to is listed already, or lies outside: nothing is missing.
    if (typeof target !== "string" && above.some((folder) => isWithin(folder, real))) {
      yield { kind: "refused", path, as: "skipped", reason: "a link to a folder it lies in" };
    } else if (this.#options.followLinks !== true && !this.#folders.hold(real)) {
      yield { kind: "refused", path, as: "skipped", reason: NOT_FOLLOWED };
    } else if (typeof target !== "string") {
      this.#links.push({ name, place: { ...place, real }, target, wanted });
    } else {
      const isAnnexed = withSlashes(real).includes("/annex/objects/");
      const reason = isAnnexed
        ? "a git-annex link without its file: run git annex get"
        : `a link that leads nowhere: ${target}`;
      // It may have been a directory full of documents, so the source must not be swept.
      yield isFile ? { kind: "refused", path, as: "failed", reason } : { kind: "unlisted", path, reason };
    }
  }

  async *#file(name: string, place: Place, { isFile }: Pick<RealEntry, "isFile">, wanted: Wanted): Listed {
    if (!this.#isWanted(name, place, wanted)) {
      const isMeant = wanted.pattern === undefined || wanted.pattern.matches(place.path);
      if (isMeant && this.#options.onOther !== undefined) this.#others.set(place.real, name);
      return;
    }
    const { path, absolute, root } = place;
    // Bun shows bytes that are not UTF-8 as U+FFFD, and such a name leads to no file.
    if (name.includes("\ufffd") && !(await exists(absolute))) {
      yield { kind: "refused", path, as: "failed", reason: "its name is not valid UTF-8: rename it" };
    } else if (!isFile) {
      // Reading a named pipe would wait for ever.
      yield { kind: "refused", path, as: "failed", reason: "not a regular file" };
    } else if (this.#isNew(place.real) || this.#options.everyPath === true) {
      yield this.#named({ kind: "file", path, absolute, root }, place.real);
    }
  }

  /** The file, unless another one has its path: on Linux, two may differ in nothing but how an accent is written. */
  #named(file: ListedFile, real: string): ListedFile | RefusedEntry {
    const { path, absolute } = file;
    if (isAscii(path)) return file;
    const owner = this.#owners.get(path) ?? real;
    this.#owners.set(path, owner);
    if (owner === real) return file;
    const written = withSlashes(absolute).split("/").slice(-path.split("/").length).join("/");
    const reason = "another file has this name, with its accents written in another way: rename one of them";
    return { kind: "refused", path: written, as: "failed", reason };
  }

  #seenWith({ pattern }: Wanted): Set<string> {
    return pattern === undefined ? this.#directoriesSeen : this.#partlySeen;
  }

  /** Whether other paths may matter; not those by way of links within links, which may be more than can be counted. */
  #hasOtherPaths({ isLinked }: Place, { pattern }: Wanted): boolean {
    return !isLinked && (pattern !== undefined || this.#options.everyPath === true);
  }

  #isWanted(name: string, { path }: Place, { pattern }: Wanted): boolean {
    if (pattern === undefined) return this.#hasExtension(name);
    return pattern.matches(path) && (pattern.namesExtension || this.#hasExtension(name));
  }

  #hasExtension(name: string): boolean {
    const lower = name.toLowerCase();
    return this.#options.extensions.some((extension) => lower.endsWith(extension));
  }

  #isNew(real: string): boolean {
    if (this.#filesSeen.has(real)) return false;
    this.#filesSeen.add(real);
    return true;
  }
}

/** Sorted so that a walk yields whole paths in the order of their code units: a directory sorts as `name/`. */
async function sortedEntries(directory: string): Promise<Entry[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  return entries
    .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
    .map((entry) => {
      const name = entry.name.normalize("NFC");
      return {
        name,
        onDisk: entry.name,
        isDirectory: entry.isDirectory(),
        isLink: entry.isSymbolicLink(),
        isFile: entry.isFile(),
        key: entry.isDirectory() ? `${name}/` : name,
      };
    })
    .sort((one, other) => {
      if (one.key !== other.key) return one.key < other.key ? -1 : 1;
      return one.onDisk > other.onDisk ? -1 : 1;
    });
}

/** What is wanted in a directory; undefined when nothing in it can be. */
function insideOf(name: string, { path }: Place, { pattern, depth }: Wanted): Wanted | undefined {
  if (pattern === undefined || pattern.matches(path)) return ALL;
  return pattern.mayMatchBelow(name, depth) ? { pattern, depth: depth + 1 } : undefined;
}
