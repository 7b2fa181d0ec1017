import { type ListedFile, listFiles, type RefusedEntry } from "../file-listing.ts";
import { followsLinks } from "../follow-links.ts";
import type { ParseContext, SourceEntry, Unlisted } from "../parser.ts";
import type { Build, ProjectFinder } from "./find-project.ts";

type Item = ListedFile | RefusedEntry | Unlisted;

/** The files of a source: which are sources of Flare, and which it built of them. */
export class SourceFiles {
  /** In their order, without what was built. */
  readonly items: readonly Item[];
  /** Paths of those that topics may be. */
  readonly sources: ReadonlySet<string>;
  readonly #built: ReadonlyMap<string, number>;

  static async list(
    source: SourceEntry,
    extensions: readonly string[],
    { signal }: Pick<ParseContext, "signal">,
    finder: ProjectFinder,
  ): Promise<SourceFiles> {
    const items: Item[] = [];
    const builds = new Map<string, Build>();
    const buildOf = new Map<Item, string>();
    let hasSources = false;
    for await (const item of listFiles(source, { extensions, signal, followLinks: followsLinks(source) })) {
      items.push(item);
      if (item.kind !== "file") continue;
      const build = finder.buildOf(item);
      if (build === undefined) {
        hasSources ||= finder.placeOf(item.path) !== undefined;
      } else {
        builds.set(build.folder, build);
        buildOf.set(item, build.folder);
      }
    }
    // A help that lies alone is all that there is to read.
    const isLeft = (folder: string) => hasSources || builds.get(folder)?.isInProject === true;
    const built = new Map<string, number>();
    const kept = items.filter((item) => {
      const folder = buildOf.get(item);
      if (folder === undefined || !isLeft(folder)) return true;
      built.set(folder, (built.get(folder) ?? 0) + 1);
      return false;
    });
    return new SourceFiles(kept, built);
  }

  private constructor(items: readonly Item[], built: ReadonlyMap<string, number>) {
    this.items = items;
    this.sources = new Set(items.flatMap(({ kind, path }) => (kind === "file" ? [path] : [])));
    this.#built = built;
  }

  /** What to say of the folders that are left out. */
  notes(): RefusedEntry[] {
    return [...this.#built].map(([path, length]) => ({
      kind: "refused",
      path,
      as: "skipped",
      reason: `built output of a project, no source: ${length === 1 ? "1 file is" : `${length} files are`} left out`,
    }));
  }
}

const HTML_TAG = /<html\b[^<>]*>/i;
const MARK =
  /\s(?:data-mc-(?:target-type|runtime-file-type|help-system-file-name|path-to-help-system|in-preview-mode)|MadCap:(?:TargetType|RuntimeFileType|HelpSystemFileName|PathToHelpSystem|InPreviewMode))\s*=/i;
const SCRIPT = /<script\b[^<>]*\ssrc\s*=\s*["'][^"'>]*\bMadCap\w*\.js["']/i;
/** What Flare resolves when it builds; some others it leaves. */
const OWN_ELEMENT =
  /<MadCap:(?:variable|snippet|xref|keyword|concept|dropDown|toggler|expanding|popup|glossary|conditionalText|\w{1,40}Proxy)/i;

/** Whether a page is what Flare made of a topic. */
export function isBuiltPage(text: string): boolean {
  const tag = HTML_TAG.exec(text)?.[0] ?? "";
  return (MARK.test(tag) || SCRIPT.test(text)) && !OWN_ELEMENT.test(text);
}
