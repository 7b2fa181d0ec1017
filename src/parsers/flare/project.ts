import { posix } from "node:path";
import { IngestError } from "../../flow/errors.ts";
import { boundedFile, boundedFileText } from "../bounded-file.ts";
import { decodeText } from "../decode-text.ts";
import { listFiles, type RefusedEntry } from "../file-listing.ts";
import { followsLinks } from "../follow-links.ts";
import type { SourceEntry } from "../parser.ts";
import type { ProjectFinder } from "./find-project.ts";
import { type LinkedNames, NO_NAMES, TopicNamesByPath, withNames } from "./linked-names.ts";
import { readXml } from "./read-xml.ts";
import {
  keyOf,
  type ProjectFile,
  referencesIn,
  referencesOf,
  shownReferencesOf,
  type Snippet,
  Snippets,
} from "./snippets.ts";
import { topicsShownElsewhere } from "./shown-elsewhere.ts";
import { type ProjectFiles, takeFile } from "./project-files.ts";
import type { ProjectParts, TopicParts } from "./project-parts.ts";
import { isBuiltPage } from "./source-files.ts";
import { LINKED, type TocEntry, type Tocs, waysToTopics } from "./tocs.ts";
import { type ProjectResources, topicContent } from "./topic-content.ts";
import { placeholdersIn, Variables, withoutPlaceholders, withValues } from "./variables.ts";

const SHARED = /\.(flsnp|flvar|fltoc)$/i;
const ONLY_LINKED = /^\[%=\s*System\.Linked(?:Title|Header)\s*%\]$/i;
const OTHER = /\.[^./]*$/;

/** What a project is opened with. */
type Opening = {
  readonly source: SourceEntry;
  readonly finder: ProjectFinder;
  /** Paths of the files of the source that may be topics. */
  readonly topics: ReadonlySet<string>;
  readonly fileBytesMax: number;
  readonly signal: AbortSignal;
};

/** What topics of a MadCap Flare project share: snippets, variables, tables of contents. Read once a run. */
export class Project implements ProjectResources {
  /** What its topics have in common. */
  readonly parts: ProjectParts;
  readonly #problems: Map<string, RefusedEntry>;
  readonly #path: string;
  readonly #snippets: Snippets;
  readonly #variables: Variables;
  readonly #ways: Tocs;
  readonly #fileBytesMax: number;
  readonly #names: TopicNamesByPath;
  /** Documents that a topic is shown in, for those that are none themselves; by path in the project. */
  #shownIn: ReadonlyMap<string, readonly string[]> = new Map();
  /** Why topics could not be read when the project was opened. */
  readonly #unread = new Map<string, string>();
  readonly #awaited: Set<string>;
  /** Names of variables that have a value only when the help is built. */
  readonly #unknown = new Set<string>();

  /** `path` is the project's folder, written like the paths of the source. */
  static async open(path: string, opening: Opening): Promise<Project> {
    const { source, finder, topics, fileBytesMax, signal } = opening;
    const parts: ProjectFiles = {
      files: [],
      snippets: new Map(),
      variables: [],
      tocs: new Map(),
      topics: [],
      problems: new Map(),
      awaited: new Set(),
    };
    const { dataDir, paths: within } = source;
    // Any file may be a snippet.
    const options = { extensions: [""], signal, within, followLinks: followsLinks(source), everyPath: true };
    for await (const item of listFiles({ dataDir, paths: [path] }, options)) {
      if (!finder.isPartOf(path, item.path)) continue;
      const inProject = path === "." ? item.path : item.path.slice(path.length + 1);
      const kind = SHARED.exec(inProject)?.[1]?.toLowerCase();
      if (item.kind !== "file") {
        // A folder that is not listed may hold such files too.
        const mayBeShared = item.kind === "unlisted" || kind !== undefined || !OTHER.test(inProject);
        const as = item.kind === "unlisted" ? "failed" : item.as;
        if (mayBeShared) parts.problems.set(item.path, { ...item, kind: "refused", as });
        continue;
      }
      const file = { path: inProject, absolute: item.absolute };
      if (kind === undefined || kind === "flsnp") parts.files.push(file);
      if (topics.has(item.path)) parts.topics.push(file);
      if (kind === undefined) continue;
      const read = await boundedFileText(item.absolute, fileBytesMax);
      if ("isForNow" in read && read.isForNow) parts.awaited.add(inProject);
      const problem = "problem" in read ? read.problem : takeFile(kind, inProject, read.text, parts);
      if (problem !== "") parts.problems.set(item.path, failed(item.path, problem));
    }
    const projectFile = finder.projectFile(path);
    const project = new Project(parts, projectFile, path, fileBytesMax);
    await project.#readTopics(parts.topics, signal);
    const unknown = [...project.#unknown].sort();
    if (unknown.length > 0) {
      const named = projectFile === undefined ? path : project.#inSource(projectFile);
      const reason = `variables that have a value only when the help is built are left out: ${unknown.join(", ")}`;
      project.#problems.set(named, { kind: "refused", path: named, as: "skipped", reason });
    }
    return project;
  }

  private constructor(parts: ProjectFiles, projectFile: string | undefined, path: string, fileBytesMax: number) {
    const { files, snippets, variables, tocs, problems } = parts;
    this.#path = path;
    this.#awaited = parts.awaited;
    const name = projectFile?.replace(/\.flprj$/i, "");
    const system = new Map(name === undefined ? [] : [["ProjectName", name]]);
    this.#problems = problems;
    this.#snippets = new Snippets(files, async (file) => {
      const known = snippets.get(file.path);
      if (known !== undefined || SHARED.test(file.path)) return known;
      const read = await boundedFileText(file.absolute, fileBytesMax);
      if ("text" in read) return read.text;
      if (read.isForNow) this.#awaited.add(file.path);
      const named = this.#inSource(file.path);
      problems.set(named, failed(named, read.problem));
      return undefined;
    });
    this.parts = { files, variables: [...variables, { path: "System.flvar", definitions: system }] };
    this.#variables = new Variables(this.parts.variables);
    this.#ways = waysToTopics(tocs);
    this.#fileBytesMax = fileBytesMax;
    this.#names = new TopicNamesByPath(fileBytesMax, (text, inProject) => this.#namesIn(text, inProject));
  }

  /** What its topics may need and could not be used. */
  get problems(): readonly RefusedEntry[] {
    return [...this.#problems.values()];
  }

  variable(name: string): string | undefined {
    return this.#variables.value(name);
  }

  snippet(src: string, folders: readonly string[]): Snippet | undefined {
    return this.#snippets.find(src, folders);
  }

  /** What it has for a topic, and all that it adds to its text, for its fingerprint. */
  async topic(
    bytes: Uint8Array,
    path: string,
  ): Promise<{ readonly parts: TopicParts; readonly shaping: readonly string[] }> {
    const shownIn = this.#shownIn.get(path);
    if (shownIn !== undefined) {
      return { parts: { path, shownIn, way: undefined, snippets: [], names: [] }, shaping: ["in other topics"] };
    }
    const way = await this.#wayTo(path);
    const { texts: snippets, names, shaping } = await this.#shaping(bytes, path);
    return { parts: { path, shownIn, way, snippets, names }, shaping: [JSON.stringify(way ?? null), ...shaping] };
  }

  /** Its snippets, the values of its variables, names of what it links to. */
  async #shaping(bytes: Uint8Array, pathInProject: string) {
    const problem = this.#unread.get(pathInProject);
    // Its snippets may pass for topics by now: that must not go unsaid.
    if (problem !== undefined) throw unreadable(problem);
    const folder = posix.dirname(pathInProject);
    const closure = await this.#snippets.closure(referencesIn(bytes), folder);
    const { snippets, texts, unread, variables, links } = closure;
    const [awaited] = [...unread.filter((path) => this.#awaited.has(path)), ...this.#awaitedSetsOf(variables)];
    if (awaited !== undefined) {
      // What is stored of it may say more.
      const path = this.#inSource(awaited);
      throw unreadable(`${path}, which it uses: ${this.#problems.get(path)?.reason}`);
    }
    const shaping = [...snippets.flat(), ...[...variables].flatMap((name) => [name, this.variable(name) ?? ""])];
    const names: (readonly [path: string, names: LinkedNames])[] = [];
    for (const [href, file] of links) {
      const { title, heading } = await this.#names.of(file);
      shaping.push(href, title, heading);
      // Those of a file that is no topic are not known.
      const known = file && this.#names.known(file.path);
      if (file !== undefined && known !== undefined) names.push([file.path, known]);
    }
    return { texts, names, shaping };
  }

  #inSource(path: string): string {
    return this.#path === "." ? path : `${this.#path}/${path}`;
  }

  /** Files that may have some of the variables, and cannot be read for now. */
  #awaitedSetsOf(variables: Iterable<string>): string[] {
    const sets = [...this.#awaited].filter((path) => /\.flvar$/i.test(path));
    if (sets.length === 0) return [];
    const unknown = [...variables].filter((name) => this.variable(name) === undefined);
    const names = new Set(unknown.map((name) => nameOfSet(name.replace(/\.[^.]*$/, ""))));
    return sets.filter((path) => names.has(nameOfSet(path.replace(/\.flvar$/i, ""))));
  }

  /** Finds out which topics are snippets of others, and which variables nobody knows. */
  async #readTopics(topics: readonly ProjectFile[], signal: AbortSignal): Promise<void> {
    const paths = new Set(topics.map(({ path }) => path));
    const shows = new Map<string, ReadonlySet<string>>();
    for (const { path, absolute } of topics) {
      signal.throwIfAborted();
      const read = await boundedFile(absolute, this.#fileBytesMax);
      if ("problem" in read) {
        this.#unread.set(path, read.problem);
        continue;
      }
      const folder = posix.dirname(path);
      const references = referencesIn(read.bytes);
      const { snippets, variables } = await this.#snippets.closure(references, folder);
      this.#note(variables);
      if (!snippets.some(([snippet]) => paths.has(snippet))) continue;
      const text = decodeText(read.bytes);
      // What is no document shows nothing to its readers.
      if (!/<html[\s>]/i.test(text) || isBuiltPage(text)) continue;
      const shown = await this.#snippets.closure(shownReferencesOf(text), folder, { isShown: true });
      shows.set(path, new Set(shown.snippets.map(([snippet]) => snippet).filter((snippet) => paths.has(snippet))));
    }
    // What a table of contents names is a page for its readers; what could not be read is shown nowhere.
    const isPage = (path: string) => this.#ways.has(keyOf(path)) || this.#unread.has(path);
    this.#shownIn = topicsShownElsewhere(shows, isPage);
    for (const entry of this.#ways.values()) this.#note(placeholdersIn(entry.title.replace(LINKED, "")));
  }

  #note(names: Iterable<string>): void {
    for (const name of names) {
      if (this.#variables.isMadeByBuild(name)) this.#unknown.add(name.trim());
    }
  }

  /**
   * The titles that lead to a topic, by the tables of contents; undefined when it is in none. The last one is the topic's
   * own, "" when that is its title.
   */
  async #wayTo(pathInProject: string): Promise<readonly string[] | undefined> {
    const own = this.#ways.get(keyOf(pathInProject));
    if (own === undefined) return undefined;
    const way: TocEntry[] = [];
    for (let entry: TocEntry | undefined = own; entry !== undefined; entry = entry.above) way.push(entry);
    return Promise.all(
      way.reverse().map(async ({ title, link }, index) => {
        const isLast = index === way.length - 1;
        if (isLast && ONLY_LINKED.test(title)) return "";
        const names = title.search(LINKED) >= 0 ? await this.#names.of(this.#snippets.file(link)) : NO_NAMES;
        const linked = withNames(title, names);
        const filled = withValues(linked, (name) => this.variable(name) ?? "");
        // An entry has no heading of its own.
        return withoutPlaceholders(filled, () => "").trim();
      }),
    );
  }

  /** The names of a topic that was read for `shaping`, or for a table of contents. */
  linkedNames(href: string, folders: readonly string[]): LinkedNames | undefined {
    const file = this.#snippets.target(href, folders);
    return file === undefined ? undefined : this.#names.known(file.path);
  }

  async #namesIn(text: string, path: string): Promise<LinkedNames> {
    try {
      const { html } = readXml(text);
      if (html === undefined) return NO_NAMES;
      await this.#snippets.closure(referencesOf(text), posix.dirname(path));
      return topicContent(html, path, this);
    } catch (error) {
      // The topic itself is named when its turn comes.
      if (error instanceof RangeError) return NO_NAMES;
      throw error;
    }
  }
}

/** Of its path, the last part. */
function nameOfSet(path: string): string {
  return (path.split(/[\\/]/).at(-1) ?? "").trim().toLowerCase();
}

function unreadable(reason: string): IngestError {
  return new IngestError(reason, { decision: "skip", code: "unreadable" });
}

function failed(path: string, reason: string): RefusedEntry {
  return { kind: "refused", path, as: "failed", reason };
}
