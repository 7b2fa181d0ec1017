import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../flow/clock.ts";
import { systemReason } from "../../flow/system-reason.ts";
import type { Finds, ProjectMark } from "../../parsers/parser.ts";
import { loadParser, parsers } from "../../parsers/registry.ts";

/** Beyond that nobody waits: a source that is named in the file is read whole all the same. */
const FILES_MAX = 500_000;
const SCAN_MS_MAX = 60_000;
/** Enough of a file to know it by. */
const HEAD_BYTES = 65_536;
const ENDING_CHARACTERS_MAX = 20;

/** A parser, and what its files look like. */
type Reader = { readonly parser: string; readonly finds: Finds };

/** A folder that is made for one source as a whole. */
type FoundProject = {
  readonly parser: string;
  readonly mark: ProjectMark;
  /** Relative to the folder that was scanned; "." for that one. */
  readonly folder: string;
};

/** A file that some parser reads. Paths have forward slashes, as they are written on the disk. */
export type FoundFile = {
  readonly parser: string;
  readonly folder: string;
  readonly name: string;
  /** The project that it is of, with its parser. */
  readonly project?: FoundProject | undefined;
  /** Why it is no part of any source. */
  readonly left?: string | undefined;
};

/** Endings of files that a parser reads unless it is told otherwise, by the parser's name. */
type Endings = ReadonlyMap<string, readonly string[]>;

export type Scan = {
  readonly files: readonly FoundFile[];
  readonly endings: Endings;
  /** How many files no parser reads, by their endings; "" for none. */
  readonly unread: ReadonlyMap<string, number>;
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  /** Links are not followed: most lead to what is found anyway, or in a circle. */
  readonly links: readonly string[];
  /** Files that were looked at. */
  readonly looked: number;
  /** There are more. */
  readonly isCut: boolean;
};

type ScanOptions = {
  readonly clock: Clock;
  /** Called now and then, with the number of files so far. */
  readonly onProgress?: (files: number) => void;
  readonly filesMax?: number;
};

/** What the parsers that read files know them by. */
async function readersOf(): Promise<Reader[]> {
  const source = { name: "", paths: [], dataDir: "", generationTag: "", enabled: true, keys: {} };
  const loaded = await Promise.all(
    parsers.map(async ({ name: parser }) => ({ parser, finds: (await loadParser({ ...source, parser }, {})).finds })),
  );
  return loaded.flatMap(({ parser, finds }) => (finds === undefined ? [] : [{ parser, finds }]));
}

/**
 * What there is to read in a folder, and below it. Passes over what a source passes over: names that begin with a dot,
 * `node_modules`. Throws what keeps the folder itself from being listed.
 */
export async function scan(root: string, options: ScanOptions): Promise<Scan> {
  const scanning = new Scanning(root, await readersOf(), options);
  return scanning.run();
}

/** The projects that a folder lies in, the nearest last. */
type Open = { readonly path: string; readonly within: readonly FoundProject[] };

class Scanning {
  readonly #root: string;
  readonly #readers: readonly Reader[];
  readonly #options: ScanOptions;
  readonly #files: FoundFile[] = [];
  readonly #unread = new Map<string, number>();
  readonly #unreadable: { path: string; reason: string }[] = [];
  readonly #links: string[] = [];
  #looked = 0;

  constructor(root: string, readers: readonly Reader[], options: ScanOptions) {
    this.#root = root;
    this.#readers = readers;
    this.#options = options;
  }

  async run(): Promise<Scan> {
    const { clock, filesMax = FILES_MAX, onProgress } = this.#options;
    const endMs = clock.now() + SCAN_MS_MAX;
    const open: Open[] = [{ path: ".", within: [] }];
    let isCut = false;
    for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
      isCut = this.#looked >= filesMax || clock.now() > endMs;
      if (isCut) break;
      const deeper = await this.#folder(folder);
      // The first one is next.
      open.push(...deeper.reverse());
      onProgress?.(this.#looked);
    }
    return {
      ...{ files: this.#files, unread: this.#unread, unreadable: this.#unreadable, links: this.#links },
      ...{ looked: this.#looked, isCut },
      endings: new Map(this.#readers.map(({ parser, finds }) => [parser, finds.extensions])),
    };
  }

  async #folder({ path, within: above }: Open): Promise<Open[]> {
    let entries: Dirent[];
    try {
      entries = await readdir(join(this.#root, path), { withFileTypes: true });
    } catch (error) {
      if (path === ".") throw error;
      this.#unreadable.push({ path, reason: systemReason(error) });
      return [];
    }
    const seen = entries
      .filter(({ name }) => !name.startsWith(".") && name !== "node_modules")
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    const folders = seen.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const within = [...above, ...this.#projects(path, seen, folders)];
    for (const entry of seen) {
      const { name } = entry;
      if (entry.isSymbolicLink()) this.#links.push(below(path, name));
      else if (entry.isFile()) await this.#file(path, name, within);
    }
    return folders.map((name) => ({ path: below(path, name), within }));
  }

  #projects(path: string, entries: readonly Dirent[], folders: readonly string[]): FoundProject[] {
    return this.#readers.flatMap(({ parser, finds: { project: mark } }) => {
      const isMarked = mark !== undefined && entries.some((entry) => entry.isFile() && mark.file.test(entry.name));
      if (!isMarked || (mark.folder !== "." && !folders.includes(mark.folder))) return [];
      return [{ parser, mark, folder: path }];
    });
  }

  async #file(folder: string, name: string, within: readonly FoundProject[]): Promise<void> {
    this.#looked++;
    const lower = name.toLowerCase();
    const candidates = this.#readers.filter(({ finds }) => finds.extensions.some((ending) => lower.endsWith(ending)));
    const whole = within.findLast(({ mark }) => mark.folder === ".");
    if (whole !== undefined) return this.#fileOfProject(whole, folder, name, candidates);
    for (const { parser, finds } of candidates) {
      const project = within.findLast((one) => one.parser === parser);
      if (project === undefined && finds.project?.folder === ".") continue;
      if (!(await this.#isOfKind(finds, folder, name))) continue;
      const isIn = project !== undefined && liesIn(folder, below(project.folder, project.mark.folder));
      const left =
        project === undefined || isIn ? undefined : `beside the ${project.mark.folder} of a ${project.mark.noun}`;
      this.#files.push({ parser, folder, name, project, left });
      return;
    }
    const ending = /(?<=.)\.[^.\s]+$/.exec(name)?.[0].toLowerCase() ?? "";
    const shown = ending.length > ENDING_CHARACTERS_MAX ? "" : ending;
    this.#unread.set(shown, (this.#unread.get(shown) ?? 0) + 1);
  }

  /** All in it belongs to the project, but for what is a document wherever it lies; nobody reads what was made of it. */
  #fileOfProject(project: FoundProject, folder: string, name: string, candidates: readonly Reader[]): void {
    const { parser, mark } = project;
    const [first = ""] = (project.folder === "." ? folder : folder.slice(project.folder.length + 1)).split("/");
    const left = first.toLowerCase() === mark.output ? `in the output of a ${mark.noun}` : undefined;
    if (candidates.some((one) => one.parser === parser)) this.#files.push({ parser, folder, name, project, left });
    else {
      const apart = candidates.find(({ finds }) => finds.standsAlone);
      if (apart !== undefined) this.#files.push({ parser: apart.parser, folder, name, left });
    }
  }

  async #isOfKind({ recognises }: Finds, folder: string, name: string): Promise<boolean> {
    if (recognises === undefined) return true;
    try {
      const head = await Bun.file(join(this.#root, folder, name))
        .slice(0, HEAD_BYTES)
        .bytes();
      return recognises(below(folder, name), head);
    } catch {
      // A run says why it cannot be read, if it is one of a source.
      return false;
    }
  }
}

/** A path in a folder. */
export function below(folder: string, name: string): string {
  if (name === ".") return folder;
  return folder === "." ? name : `${folder}/${name}`;
}

/** Whether a folder is another one, or lies in it. */
export function liesIn(folder: string, other: string): boolean {
  return other === "." || folder === other || folder.startsWith(`${other}/`);
}
