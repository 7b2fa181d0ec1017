import { posix } from "node:path";
import type { Root } from "xast";
import { boundedFileText } from "../bounded-file.ts";
import { listFiles, type RefusedEntry } from "../file-listing.ts";
import { followsLinks } from "../follow-links.ts";
import type { SourceEntry } from "../parser.ts";
import { fileTitle } from "../titles.ts";
import { readXml, reasonOf } from "./read-xml.ts";
import { keyOf, referencesOf, type Snippet, Snippets } from "./snippets.ts";
import { readToc, type TocEntry, type Tocs, waysToTopics } from "./tocs.ts";
import { type ProjectResources, topicContent } from "./topic-content.ts";
import { evaluated, readVariables, type Variables, withValues } from "./variables.ts";

const SHARED = /\.(flsnp|flvar|fltoc)$/i;
const TOPICS = [".htm", ".html"];
const LINKED_TITLE = /\[%=\s*System\.LinkedTitle\s*%\]/gi;

/** The files of a project that its topics share, by their paths in it. */
type Parts = {
  readonly snippets: Map<string, string>;
  readonly variables: Map<string, string>;
  readonly tocs: Map<string, Root>;
  /** Absolute paths of what an entry of a table of contents may link to, by `keyOf` its path. */
  readonly topics: Map<string, string>;
  readonly problems: RefusedEntry[];
};

/** What topics of a MadCap Flare project share: snippets, variables, tables of contents. Read once a run. */
export class Project implements ProjectResources {
  /** What its topics may need and could not be used. */
  readonly problems: readonly RefusedEntry[];
  readonly #snippets: Snippets;
  readonly #variables: Variables;
  readonly #ways: Tocs;
  readonly #topics: ReadonlyMap<string, string>;
  readonly #fileBytesMax: number;
  readonly #titles = new Map<string, Promise<string>>();

  /** `path` is the project's folder, written like the paths of the source. */
  static async open(source: SourceEntry, path: string, fileBytesMax: number, signal: AbortSignal): Promise<Project> {
    const parts: Parts = {
      snippets: new Map(),
      variables: new Map(),
      tocs: new Map(),
      topics: new Map(),
      problems: [],
    };
    const extensions = [".flsnp", ".flvar", ".fltoc", ...TOPICS];
    const { dataDir, paths: within } = source;
    const options = { extensions, signal, within, followLinks: followsLinks(source), everyPath: true };
    for await (const item of listFiles({ dataDir, paths: [path] }, options)) {
      const inProject = path === "." ? item.path : item.path.slice(path.length + 1);
      const kind = SHARED.exec(inProject)?.[1]?.toLowerCase();
      if (item.kind !== "file") {
        // A folder that is not listed may hold such files too.
        const isTopic = TOPICS.some((extension) => inProject.toLowerCase().endsWith(extension));
        const as = item.kind === "unlisted" ? "failed" : item.as;
        if (!isTopic) parts.problems.push({ ...item, kind: "refused", as });
      } else if (kind === undefined) {
        parts.topics.set(keyOf(inProject), item.absolute);
      } else {
        const read = await boundedFileText(item.absolute, fileBytesMax);
        const problem = "problem" in read ? read.problem : take(kind, inProject, read.text, parts);
        if (problem !== "") parts.problems.push({ kind: "refused", path: item.path, as: "failed", reason: problem });
      }
    }
    return new Project(parts, fileBytesMax);
  }

  private constructor({ snippets, variables, tocs, topics, problems }: Parts, fileBytesMax: number) {
    this.problems = problems;
    this.#snippets = new Snippets(snippets);
    this.#variables = evaluated(variables);
    this.#ways = waysToTopics(tocs);
    this.#topics = topics;
    this.#fileBytesMax = fileBytesMax;
  }

  variable(name: string): string | undefined {
    return this.#variables.get(name.toLowerCase());
  }

  snippet(src: string, folders: readonly string[]): Snippet | undefined {
    return this.#snippets.find(src, folders);
  }

  /** All that the project adds to a topic's text: its snippets, and the values of its variables. */
  shaping(text: string, folder: string): string[] {
    const { snippets, variables } = this.#snippets.closure(referencesOf(text), folder);
    return [...snippets, ...[...variables].flatMap((name) => [name, this.variable(name) ?? ""])];
  }

  /**
   * The titles that lead to a topic, by the tables of contents; undefined when it is in none. The last one is the topic's
   * own, "" when that is its title.
   */
  async wayTo(pathInProject: string): Promise<readonly string[] | undefined> {
    const own = this.#ways.get(keyOf(pathInProject));
    if (own === undefined) return undefined;
    const way: TocEntry[] = [];
    for (let entry: TocEntry | undefined = own; entry !== undefined; entry = entry.above) way.push(entry);
    return Promise.all(
      way.reverse().map(async ({ title, link }, index) => {
        const isLast = index === way.length - 1;
        const isNamed = title.search(LINKED_TITLE) >= 0 && !(isLast && title.replace(LINKED_TITLE, "") === "");
        const linked = isNamed ? await this.#titleOf(link) : "";
        return title
          .split(LINKED_TITLE)
          .map((part) => withValues(part, (name) => this.variable(name) ?? ""))
          .join(linked)
          .trim();
      }),
    );
  }

  #titleOf(link: string): Promise<string> {
    const known = this.#titles.get(link);
    if (known !== undefined) return known;
    const title = this.#readTitle(link);
    this.#titles.set(link, title);
    return title;
  }

  /** The title of a topic that an entry links to; "" when there is no such topic. */
  async #readTitle(link: string): Promise<string> {
    const absolute = this.#topics.get(link);
    const read = absolute === undefined ? undefined : await boundedFileText(absolute, this.#fileBytesMax);
    if (absolute === undefined || read === undefined || "problem" in read) return "";
    const title = this.#titleIn(read.text, posix.dirname(link));
    return title === "" ? fileTitle(absolute) : title;
  }

  #titleIn(text: string, folder: string): string {
    try {
      const { html } = readXml(text);
      return html === undefined ? "" : topicContent(html, folder, this).title;
    } catch (error) {
      // The topic itself is named when its turn comes.
      if (error instanceof RangeError) return "";
      throw error;
    }
  }
}

/** Adds a file to what a project shares. Says why when it cannot. */
function take(kind: string, path: string, text: string, { snippets, variables, tocs }: Parts): string {
  try {
    if (kind === "flsnp") snippets.set(path, text);
    else if (kind === "fltoc") tocs.set(path, readToc(text));
    else for (const [name, value] of readVariables(path, text)) if (!variables.has(name)) variables.set(name, value);
    return "";
  } catch (error) {
    return `not well-formed XML: ${reasonOf(error)}`;
  }
}
