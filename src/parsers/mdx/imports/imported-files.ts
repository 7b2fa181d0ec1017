import { decodeText, isBinary } from "../../decode-text.ts";
import type { ParseContext, SourceEntry } from "../../parser.ts";
import { conflictLine, linkIn, pointerIn } from "../../unfinished-checkout.ts";
import { ImportLocator, type Located, type NotLocated, notShown, type Place, unreadable } from "./locate-import.ts";
import { importsIn, type PageImport } from "./page-imports.ts";

/** An import, and what it leads to. */
export type Import = PageImport & {
  /** The index of a module; -1 for none. */
  readonly to: number;
  /** Why there is none. */
  readonly problem: string;
};

/** A file that is shown. */
export type Module = {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
  /** Where the marks of a merge begin in it. */
  readonly conflictLine?: number | undefined;
};

/** What a page shows of other files, in whatever depth. Plain data: it is a part of the page's fingerprint. */
export type PageImports = { readonly imports: readonly Import[]; readonly modules: readonly Module[] };

/** More than any page has. */
const IMPORTS_MAX = 2000;

/** Reads what the pages of a source import. */
export class ImportedFiles {
  readonly #locator: ImportLocator;
  readonly #bytesMax: number;
  /** Real paths of what was read. */
  readonly #read = new Set<string>();

  constructor(source: SourceEntry, { fileSizeBytesMax }: Pick<ParseContext, "fileSizeBytesMax">) {
    this.#locator = new ImportLocator(source);
    this.#bytesMax = fileSizeBytesMax;
  }

  /** Real paths of the files that pages show. */
  get shown(): ReadonlySet<string> {
    return this.#read;
  }

  /** Throws an `IngestError` (`skip`) when a file is there and cannot be read. */
  async of(page: Place, text: string): Promise<PageImports> {
    const modules: Module[] = [];
    const indices = new Map<string, number>();
    const unread: { readonly index: number; readonly place: Place }[] = [];
    let bytes = 0;
    let looked = 0;
    const read = async (from: Place, { as, request }: PageImport): Promise<Pick<Import, "to" | "problem">> => {
      if (++looked > IMPORTS_MAX) return { to: -1, problem: `it is one of more than ${IMPORTS_MAX}: it is left out` };
      const found = await this.#locator.find(from, { as, request });
      if ("problem" in found) return { to: -1, problem: found.problem };
      const known = indices.get(as + found.path);
      if (known !== undefined) return { to: known, problem: "" };
      bytes += found.size;
      const file = bytes > this.#bytesMax ? tooMuch(found) : await textOf(found);
      if ("problem" in file) return { to: -1, problem: file.problem };
      this.#read.add(found.real);
      const index = modules.length;
      indices.set(as + found.path, index);
      modules.push({ path: found.path, ...file, imports: [] });
      if (as === "page") unread.push({ index, place: found });
      return { to: index, problem: "" };
    };
    const readAll = async (from: Place, imports: readonly PageImport[]) => {
      const all: Import[] = [];
      for (const each of imports) all.push({ ...each, ...(await read(from, each)) });
      return all;
    };
    const imports = await readAll(page, importsIn(text));
    for (let next = unread.shift(); next !== undefined; next = unread.shift()) {
      const module = modules[next.index];
      if (module === undefined) continue;
      modules[next.index] = { ...module, imports: await readAll(next.place, importsIn(module.text)) };
    }
    return { imports, modules };
  }
}

function tooMuch({ path }: Place): NotLocated {
  return { problem: `${path} is too large, or the page shows too much: see file_size_max` };
}

async function textOf({ path, real }: Located): Promise<Pick<Module, "text" | "conflictLine"> | NotLocated> {
  const bytes = await Bun.file(real)
    .bytes()
    .catch((error: unknown) => {
      throw unreadable(path, error);
    });
  const pointer = pointerIn(bytes);
  if (pointer !== undefined) throw notShown(path, `is ${pointer}`);
  const target = await linkIn(bytes, real);
  if (target !== undefined) return { problem: `${path} is a link to ${target} that was checked out as a text file` };
  if (isBinary(bytes, { withNuls: true })) return { problem: `${path} is no text: its bytes are left out` };
  return { text: decodeText(bytes), conflictLine: conflictLine(bytes) };
}
