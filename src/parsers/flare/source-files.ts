import { listFiles, type RefusedEntry } from "../file-listing.ts";
import { followsLinks } from "../follow-links.ts";
import type { ParseContext, SourceEntry } from "../parser.ts";
import type { Build, ProjectFinder } from "./find-project.ts";

/** The files of a source: which are sources of Flare, and which it built of them. */
export class SourceFiles {
  /** Those that topics may be, by their paths. */
  readonly sources: ReadonlySet<string>;
  readonly #built: ReadonlyMap<string, readonly string[]>;
  readonly #left: ReadonlySet<string>;

  static async list(
    source: SourceEntry,
    extensions: readonly string[],
    { signal }: Pick<ParseContext, "signal">,
    finder: ProjectFinder,
  ): Promise<SourceFiles> {
    const sources = new Set<string>();
    const builds = new Map<string, { readonly build: Build; readonly files: string[] }>();
    for await (const item of listFiles(source, { extensions, signal, followLinks: followsLinks(source) })) {
      if (item.kind !== "file") continue;
      const build = finder.buildOf(item);
      if (build === undefined) {
        sources.add(item.path);
      } else {
        const known = builds.get(build.folder) ?? { build, files: [] };
        known.files.push(item.path);
        builds.set(build.folder, known);
      }
    }
    const hasSources = [...sources].some((path) => finder.placeOf(path) !== undefined);
    const built = new Map<string, readonly string[]>();
    for (const { build, files } of builds.values()) {
      // A help that lies alone is all that there is to read.
      if (build.isInProject || hasSources) built.set(build.folder, files);
      else for (const path of files) sources.add(path);
    }
    return new SourceFiles(sources, built);
  }

  private constructor(sources: ReadonlySet<string>, built: ReadonlyMap<string, readonly string[]>) {
    this.sources = sources;
    this.#built = built;
    this.#left = new Set([...built.values()].flat());
  }

  isBuilt(path: string): boolean {
    return this.#left.has(path);
  }

  /** What to say of the folders that are left out. */
  notes(): RefusedEntry[] {
    return [...this.#built].map(([path, { length }]) => ({
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
