import type { LinkedNames } from "./linked-names.ts";
import { keyOf, type ProjectFile, type Snippet, Snippets, type SnippetText } from "./snippets.ts";
import type { ProjectResources } from "./topic-content.ts";
import { Variables, type VariableSet } from "./variables.ts";

/** What the topics of a project have in common, as plain data for another thread. */
export type ProjectParts = {
  /** Those that may be snippets. */
  readonly files: readonly ProjectFile[];
  readonly variables: readonly VariableSet[];
};

/** What a project has for one topic, as plain data. */
export type TopicParts = {
  /** The topic's in its project. */
  readonly path: string;
  /** The documents that show it, where it is none itself. */
  readonly shownIn: readonly string[] | undefined;
  /** The titles that lead to it, by the tables of contents; undefined when it is in none. */
  readonly way: readonly string[] | undefined;
  /** Those that it shows, in whatever depth. */
  readonly snippets: readonly SnippetText[];
  /** What topics are called that it links to, by their paths. */
  readonly names: readonly (readonly [path: string, names: LinkedNames])[];
};

/** A project made of its parts: it knows of each topic what it was given for it, and nothing else. */
class TopicProject implements ProjectResources {
  readonly #snippets: Snippets;
  readonly #variables: Variables;
  #names: ReadonlyMap<string, LinkedNames> = new Map();

  constructor({ files, variables }: ProjectParts) {
    this.#snippets = new Snippets(files, async () => undefined);
    this.#variables = new Variables(variables);
  }

  /** From now on it is the project of this topic. */
  hold({ snippets, names }: TopicParts): this {
    this.#snippets.hold(snippets);
    this.#names = new Map(names.map(([path, found]) => [keyOf(path), found]));
    return this;
  }

  variable(name: string): string | undefined {
    return this.#variables.value(name);
  }

  snippet(src: string, folders: readonly string[]): Snippet | undefined {
    return this.#snippets.find(src, folders);
  }

  linkedNames(href: string, folders: readonly string[]): LinkedNames | undefined {
    const file = this.#snippets.target(href, folders);
    return file === undefined ? undefined : this.#names.get(keyOf(file.path));
  }
}

const projects = new WeakMap<ProjectParts, TopicProject>();

/** The project of a topic, until the next topic of it is asked for; made once of the parts that its topics have in common. */
export function projectOf(parts: ProjectParts, topic: TopicParts): ProjectResources {
  const project = projects.get(parts) ?? new TopicProject(parts);
  projects.set(parts, project);
  return project.hold(topic);
}
