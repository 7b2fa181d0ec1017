import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { IngestError } from "../../../flow/errors.ts";
import { systemCode, systemReason } from "../../../flow/system-reason.ts";
import { followsLinks } from "../../follow-links.ts";
import type { SourceEntry } from "../../parser.ts";
import { configuredPath, exists, isWithin, onDisk, withSlashes } from "../../source-folders.ts";
import type { PageImport } from "./page-imports.ts";

/** A file, as it is called in messages and where it lies. */
export type Place = { readonly path: string; readonly absolute: string };

/** Its real path, and its size in bytes. */
export type Located = Place & { readonly real: string; readonly size: number };
export type NotLocated = { readonly problem: string };

/** Real paths of folders, and what is said of a file that lies in none of them. */
type Allowed = { readonly folders: readonly string[]; readonly outside: string };

/** What bundlers try behind a path that does not exist. */
const ENDINGS = [".mjs", ".js", ".jsx", ".ts", ".tsx", ".json"];
const CONFIGS = ["js", "ts", "mjs", "cjs", "mts", "cts"].map((ending) => `docusaurus.config.${ending}`);
const ABSENT = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"]);
const ALLOWED = "name its folder there, or set follow_links = true in the source's entry";
/** Whatever is allowed: the settings of this program, and what servers keep to themselves. */
const SECRET =
  /^(?:(?:config|sources)\.toml|id_(?:rsa|dsa|ecdsa|ed25519)|env)$|\.(?:env|pem|key|p12|pfx|jks|keystore)$/i;

/**
 * Finds the files that the pages of a source import: those of the site (the nearest folder above with a
 * `docusaurus.config.*`; without one, of `data_dir`) and of the source's folders. An import must not bring in what else lies
 * on the disk.
 */
export class ImportLocator {
  readonly #source: SourceEntry;
  readonly #sites = new Map<string, Promise<string | undefined>>();
  /** Real paths of folders. */
  readonly #real = new Map<string, Promise<string>>();
  #named: Promise<readonly string[]> | undefined;

  constructor(source: SourceEntry) {
    this.#source = source;
  }

  /** Throws an `IngestError` (`skip`) for a file that is there and cannot be read. */
  async find(page: Place, { request, as }: Pick<PageImport, "request" | "as">): Promise<Located | NotLocated> {
    // Where a page really lies, as bundlers have it: its folder may be a link.
    const folder = await this.#realOf(dirname(page.absolute));
    const absolute = await this.#absolute(folder, request);
    if (absolute === undefined) return { problem: "only ./, ../ and @site/ are followed: its text is left out" };
    const path = withSlashes(join(dirname(page.path), relative(folder, absolute))).normalize("NFC");
    if (isHidden(relative(folder, absolute))) {
      return { problem: `names that begin with a dot, and node_modules, are not read: ${path}` };
    }
    const allowed = followsLinks(this.#source) ? undefined : await this.#allowedFrom(folder);
    if (allowed?.folders.some((each) => isWithin(absolute, each)) === false) {
      return { problem: `${path} lies ${allowed.outside}` };
    }
    let problem = `${path} does not exist: restore the file, or take the import out`;
    for (const ending of as === "code" ? ["", ...ENDINGS] : [""]) {
      const found = await look({ path: path + ending, absolute: onDisk(absolute + ending) }, allowed);
      if (found !== undefined && "real" in found) return found;
      if (found !== undefined) problem = found.problem;
    }
    return { problem };
  }

  async #absolute(folder: string, request: string): Promise<string | undefined> {
    if (/^\.\.?(?:\/|$)/.test(request)) return resolve(folder, request);
    const inSite = /^(?:@site)?\/(.*)$/s.exec(request)?.[1];
    if (inSite === undefined) return undefined;
    const site = (await this.#siteOf(folder)) ?? (await this.#folderWith(inSite, folder));
    return resolve(site ?? folder, inSite);
  }

  /** What a page in `folder` may show something of. */
  async #allowedFrom(folder: string): Promise<Allowed> {
    const { dataDir, paths } = this.#source;
    this.#named ??= Promise.all(
      paths.map(async (path) => this.#realOf((await configuredPath(dataDir, path)).absolute)),
    );
    const site = await this.#siteOf(folder);
    const outside = `out of ${site === undefined ? "data_dir" : "the site"} and of the folders of paths: ${ALLOWED}`;
    return { folders: [site ?? (await this.#realOf(dataDir)), ...(await this.#named)], outside };
  }

  #siteOf(folder: string): Promise<string | undefined> {
    const known = this.#sites.get(folder);
    if (known !== undefined) return known;
    const site = this.#findSite(folder);
    this.#sites.set(folder, site);
    return site;
  }

  async #findSite(folder: string): Promise<string | undefined> {
    const isSite = (await Promise.all(CONFIGS.map((name) => exists(join(folder, name))))).includes(true);
    if (isSite) return folder;
    return dirname(folder) === folder ? undefined : this.#siteOf(dirname(folder));
  }

  /** Where the settings of the site are not at hand: the nearest folder above that has what is asked for. */
  async #folderWith(path: string, folder: string): Promise<string | undefined> {
    const { folders } = await this.#allowedFrom(folder);
    for (let above = folder; folders.some((within) => isWithin(above, within)); above = dirname(above)) {
      if (await exists(join(above, path))) return above;
      if (dirname(above) === above) break;
    }
    return undefined;
  }

  #realOf(folder: string): Promise<string> {
    const known = this.#real.get(folder);
    if (known !== undefined) return known;
    const real = realpath(folder).catch(() => folder);
    this.#real.set(folder, real);
    return real;
  }
}

/** Undefined when nothing is there. What a link leads to must be in one of the folders, if there are any. */
async function look(place: Place, allowed: Allowed | undefined): Promise<Located | NotLocated | undefined> {
  const { path, absolute } = place;
  try {
    const real = await realpath(absolute);
    const isInside = allowed?.folders.some((folder) => isWithin(real, folder) && !isHidden(relative(folder, real)));
    if (isInside === false) return { problem: `${path} is a link ${allowed?.outside}` };
    if (SECRET.test(basename(real))) {
      return { problem: `files that may hold passwords or keys are not read: ${path}` };
    }
    const status = await stat(real);
    return status.isFile() ? { ...place, real, size: status.size } : { problem: `${path} is not a regular file` };
  } catch (error) {
    const isAbsent = ABSENT.has(systemCode(error) ?? "") && !(await exists(absolute));
    if (isAbsent) return undefined;
    throw unreadable(path, error);
  }
}

export function unreadable(path: string, cause: unknown): IngestError {
  return notShown(path, `cannot be read: ${systemReason(cause)}`, cause);
}

/** An import that is there, and cannot be had, leaves the page as it was. */
export function notShown(path: string, reason: string, cause?: unknown): IngestError {
  return new IngestError(`${path}, which it shows, ${reason}`, { decision: "skip", code: "unreadable", cause });
}

/** As a listing passes them over. */
function isHidden(path: string): boolean {
  return path.split(sep).some((name) => name === "node_modules" || (name.startsWith(".") && name !== ".."));
}
