import { realpath } from "node:fs/promises";
import { IngestError } from "../../../flow/errors.ts";
import { boundedFileText } from "../../bounded-file.ts";
import { type ListedFile, listFiles } from "../../file-listing.ts";
import { followsLinks } from "../../follow-links.ts";
import type { ParseContext, SourceEntry } from "../../parser.ts";
import { ImportLocator } from "./locate-import.ts";
import { importsIn, type PageImport } from "./page-imports.ts";

/** How the pages of a source are told from its partials. */
type Kinds = {
  readonly extensions: readonly string[];
  isPartial(file: ListedFile): boolean;
  /** Whether readers see nothing of a page. */
  isHidden(text: string): boolean;
};

/** More are counted, not named, in every run. */
const NAMED_MAX = 10;

/** Which partials a page, or a partial, shows itself. */
type Shows = ReadonlyMap<string, readonly string[]>;

/**
 * Which partials are no pages. All files of the source are asked before the first answer, for it must not depend on which of
 * them have changed; nothing is read until a partial is asked for.
 */
export class Partials {
  readonly #find: () => Promise<ReadonlyMap<string, string>>;
  #found: Promise<ReadonlyMap<string, string>> | undefined;
  #shown = 0;

  constructor(source: SourceEntry, context: ParseContext, kinds: Kinds) {
    this.#find = () => findShown(source, context, kinds);
  }

  /** The page that shows a partial, in whatever depth; "" for none. */
  async shownBy({ path }: ListedFile): Promise<string> {
    this.#found ??= this.#find();
    const found = await this.#found;
    this.#shown = found.size;
    return found.get(path) ?? "";
  }

  /** What is said of all of them, where a line for each would be too much; "" for nothing. */
  get remark(): string {
    return this.#shown > NAMED_MAX
      ? `${this.#shown} partials are shown by pages: they are no documents of their own`
      : "";
  }
}

async function findShown(source: SourceEntry, context: ParseContext, kinds: Kinds): Promise<Map<string, string>> {
  const { extensions } = kinds;
  const files: ListedFile[] = [];
  const options = { extensions, signal: context.signal, followLinks: followsLinks(source) };
  for await (const item of listFiles(source, options)) if (item.kind === "file") files.push(item);
  const partials = new Map<string, string>();
  for (const file of files.filter(kinds.isPartial)) {
    partials.set(await realpath(file.absolute).catch(() => file.absolute), file.path);
  }
  const shows = new Map<string, readonly string[]>();
  const pages: string[] = [];
  const locator = new ImportLocator(source);
  for (const file of files) {
    const read = await boundedFileText(file.absolute, context.fileSizeBytesMax);
    // Its turn to be named comes.
    if ("problem" in read) continue;
    const targets = await partialsShown(file, importsIn(read.text), locator, partials);
    if (targets.length === 0) continue;
    shows.set(file.path, targets);
    if (!kinds.isHidden(read.text)) pages.push(file.path);
  }
  const all = new Set(partials.values());
  return shownBy(
    pages.filter((path) => !all.has(path)),
    pages.filter((path) => all.has(path)),
    shows,
  );
}

async function partialsShown(
  file: ListedFile,
  imports: readonly PageImport[],
  locator: ImportLocator,
  partials: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const shown = new Set<string>();
  for (const each of imports.filter(({ as }) => as === "page")) {
    const path = partials.get(await realPathOf(file, each, locator));
    if (path !== undefined) shown.add(path);
  }
  return [...shown];
}

/** "" for one that is not there, or not to be read. */
async function realPathOf(file: ListedFile, { request, as }: PageImport, locator: ImportLocator): Promise<string> {
  try {
    const found = await locator.find(file, { request, as });
    return "real" in found ? found.real : "";
  } catch (error) {
    if (error instanceof IngestError) return "";
    throw error;
  }
}

/** A partial that only partials show is no page either, unless it shows itself by way of them: then all of them stay pages. */
function shownBy(pages: readonly string[], partials: readonly string[], shows: Shows): Map<string, string> {
  const shown = new Map<string, string>();
  const show = (page: string) => {
    const left = [page];
    for (let path = left.shift(); path !== undefined; path = left.shift()) {
      for (const target of shows.get(path) ?? []) {
        if (target === page || shown.has(target)) continue;
        shown.set(target, page);
        left.push(target);
      }
    }
  };
  for (const page of pages) show(page);
  const lonely = partials.filter((path) => !shown.has(path));
  const below = new Set(lonely.flatMap((path) => (shows.get(path) ?? []).filter((target) => target !== path)));
  for (const partial of lonely) if (!below.has(partial)) show(partial);
  return shown;
}
