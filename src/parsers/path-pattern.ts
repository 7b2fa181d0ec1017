const GLOB_CHARACTERS = /[*?[{]/;

/** A glob of `paths`: which paths it matches, and which directories are worth a look. */
export class PathPattern {
  /** Its leading folders without wildcards; "." when there are none. */
  readonly directory: string;
  /** It spells out the extension (`*.prg`), so what it matches is wanted whatever the parser's extensions are. */
  readonly namesExtension: boolean;
  readonly #glob: Bun.Glob;
  /** One glob for each folder level below `directory`; deeper levels may hold anything when `#deep`. */
  readonly #levels: readonly Bun.Glob[];
  readonly #deep: boolean;

  /** Undefined when the path has no wildcard. */
  static from(path: string): PathPattern | undefined {
    return GLOB_CHARACTERS.test(path) ? new PathPattern(path) : undefined;
  }

  private constructor(path: string) {
    const segments = path.split("/");
    const first = segments.findIndex((segment) => GLOB_CHARACTERS.test(segment));
    this.directory = segments.slice(0, first).join("/") || (path.startsWith("/") ? "/" : ".");
    this.namesExtension = /\.[^*?[\]/]+$/.test(segments.at(-1) ?? "");
    this.#glob = new Bun.Glob(path);
    // Braces may hold slashes (`{a,b/c}/*.md`): then the segments say nothing about depth.
    const rest = segments.slice(first);
    const open = rest.findIndex((segment) => segment.includes("**") || braces(segment) !== 0);
    this.#deep = open >= 0;
    this.#levels = (open >= 0 ? rest.slice(0, open) : rest.slice(0, -1)).map((segment) => new Bun.Glob(segment));
  }

  matches(path: string): boolean {
    return this.#glob.match(path);
  }

  /** Whether something in a folder may match; `depth` is 0 for the folders that lie in `directory`. */
  mayMatchBelow(name: string, depth: number): boolean {
    return depth < this.#levels.length ? (this.#levels[depth]?.match(name) ?? false) : this.#deep;
  }
}

function braces(segment: string): number {
  return segment.split("{").length - segment.split("}").length;
}
