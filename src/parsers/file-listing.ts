import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { dirname, join, normalize, resolve } from "node:path";
import type { SourceEntry, Unlisted } from "./parser.ts";
import { PathPattern } from "./path-pattern.ts";
import { systemReason } from "../flow/system-reason.ts";

/** A file of a source. Paths have forward slashes. */
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

type ListingOptions = { readonly extensions: readonly string[]; readonly signal: AbortSignal };

/**
 * The files of a source that have one of the extensions, and those configured by name whatever theirs is. In the order of
 * the configured paths, then of the code units of their paths; each file once, however many paths and links lead to it.
 * Names that begin with a dot and `node_modules` are passed over.
 */
export async function* listFiles(
  source: Pick<SourceEntry, "paths" | "dataDir">,
  options: ListingOptions,
): AsyncGenerator<ListedFile | RefusedEntry | Unlisted> {
  const listing = new Listing(options);
  for (const configured of source.paths) yield* listing.path(source.dataDir, configured);
}

type Entry = {
  readonly name: string;
  readonly isDirectory: boolean;
  readonly isLink: boolean;
  readonly isFile: boolean;
};

/** What stands at a path once all links are followed. */
type RealEntry = { readonly real: string; readonly isDirectory: boolean; readonly isFile: boolean };

/** A directory on the way, with the real paths of itself and of those above it. */
type Place = {
  readonly path: string;
  readonly absolute: string;
  readonly real: string;
  readonly above: readonly string[];
  readonly root: string;
};

class Listing {
  readonly #options: ListingOptions;
  /** Real paths. */
  readonly #filesSeen = new Set<string>();
  readonly #directoriesSeen = new Set<string>();

  constructor(options: ListingOptions) {
    this.#options = options;
  }

  async *path(dataDir: string, configured: string): AsyncGenerator<ListedFile | RefusedEntry | Unlisted> {
    const path = withSlashes(normalize(configured)).replace(/(?<=.)\/$/, "");
    const pattern = (await exists(resolve(dataDir, path))) ? undefined : PathPattern.from(path);
    const root = pattern?.directory ?? path;
    const absolute = resolve(dataDir, root);
    const found = await realEntry(absolute).catch((error: unknown) => systemReason(error));
    if (typeof found === "string") {
      yield { kind: "unlisted", path: root, reason: found };
    } else if (found.isDirectory) {
      yield* this.#directory({ path: root, absolute, real: found.real, above: [], root }, pattern, 0);
    } else if (!found.isFile) {
      yield { kind: "refused", path: root, as: "failed", reason: "neither a file nor a directory" };
    } else if (this.#isNew(found.real)) {
      yield { kind: "file", path, absolute, root: withSlashes(dirname(path)) };
    }
  }

  /** What `pattern` matches below a directory at depth `depth` below the pattern's own; all of it without a pattern. */
  async *#directory(
    place: Place,
    pattern: PathPattern | undefined,
    depth: number,
  ): AsyncGenerator<ListedFile | RefusedEntry | Unlisted> {
    this.#options.signal.throwIfAborted();
    if (pattern === undefined) this.#directoriesSeen.add(place.real);
    const entries = await sortedEntries(place.absolute).catch((error: unknown) => systemReason(error));
    if (typeof entries === "string") {
      yield { kind: "unlisted", path: place.path, reason: entries };
      return;
    }
    for (const entry of entries) {
      const below: Place = {
        path: place.path === "." ? entry.name : `${place.path}/${entry.name}`,
        absolute: join(place.absolute, entry.name),
        real: join(place.real, entry.name),
        above: [...place.above, place.real],
        root: place.root,
      };
      yield* this.#entry(entry, below, pattern, depth);
    }
  }

  async *#entry(
    entry: Entry,
    place: Place,
    pattern: PathPattern | undefined,
    depth: number,
  ): AsyncGenerator<ListedFile | RefusedEntry | Unlisted> {
    const target = entry.isLink ? await this.#follow(entry, place) : { ...entry, real: place.real };
    if ("kind" in target) {
      if (pattern === undefined || pattern.matches(place.path) || target.kind === "unlisted") yield target;
      return;
    }
    const here: Place = { ...place, real: target.real };
    if (target.isDirectory) {
      if (pattern === undefined || pattern.matches(place.path)) {
        if (entry.isLink && this.#directoriesSeen.has(target.real)) return;
        yield* this.#directory(here, undefined, 0);
      } else if (pattern.mayMatchBelow(entry.name, depth)) {
        yield* this.#directory(here, pattern, depth + 1);
      }
      return;
    }
    const wanted =
      pattern === undefined
        ? this.#hasExtension(entry.name)
        : pattern.matches(place.path) && (pattern.namesExtension || this.#hasExtension(entry.name));
    if (!wanted) return;
    const { path, absolute, root } = place;
    // Bun shows bytes that are not UTF-8 as U+FFFD, and such a name leads to no file.
    if (entry.name.includes("\ufffd") && !(await exists(absolute))) {
      yield { kind: "refused", path, as: "failed", reason: "its name is not valid UTF-8: rename it" };
    } else if (!target.isFile) {
      // Reading a named pipe would wait for ever.
      yield { kind: "refused", path, as: "failed", reason: "not a regular file" };
    } else if (this.#isNew(target.real)) {
      yield { kind: "file", path, absolute, root };
    }
  }

  async #follow({ name }: Entry, { path, absolute, above }: Place): Promise<RealEntry | RefusedEntry | Unlisted> {
    const target = await realEntry(absolute).catch((error: unknown) => systemReason(error));
    if (typeof target === "string") {
      const reason = `a link that leads nowhere: ${target}`;
      if (this.#hasExtension(name)) return { kind: "refused", path, as: "failed", reason };
      // It may have been a directory full of documents, so the source must not be swept.
      return { kind: "unlisted", path, reason };
    }
    // All that a loop leads to is listed already: nothing is missing.
    const isLoop = target.isDirectory && above.includes(target.real);
    return isLoop ? { kind: "refused", path, as: "skipped", reason: "a link to a folder it lies in" } : target;
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
    .map((entry) => ({
      name: entry.name,
      isDirectory: entry.isDirectory(),
      isLink: entry.isSymbolicLink(),
      isFile: entry.isFile(),
      key: entry.isDirectory() ? `${entry.name}/` : entry.name,
    }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));
}

async function realEntry(absolute: string): Promise<RealEntry> {
  const real = await realpath(absolute);
  const status = await stat(real);
  return { real, isDirectory: status.isDirectory(), isFile: status.isFile() };
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function withSlashes(path: string): string {
  return process.platform === "win32" ? path.replaceAll("\\", "/") : path;
}
