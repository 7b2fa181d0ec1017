import { posix } from "node:path";
import type { Element } from "xast";
import { decodeEntities } from "../mdx/entities.ts";
import { readXml } from "./read-xml.ts";

/** A piece of text that topics share. */
export type Snippet = {
  /** Relative to the project. */
  readonly path: string;
  readonly folder: string;
  /** Undefined when it has no `<html>` element. */
  readonly html: Element | undefined;
  /** Why it had to be read as HTML; "" for well-formed XML. */
  readonly remark: string;
};

/** What a text refers to, as far as that shapes a topic. */
export type References = { readonly snippets: readonly string[]; readonly variables: readonly string[] };

const SNIPPET = /<MadCap:snippet(?:Block|Text)\b[^<>]*?\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)')/gi;
const VARIABLE = /<MadCap:variable\b[^<>]*?\sname\s*=\s*(?:"([^"]*)"|'([^']*)')/gi;

/** The snippets of a project. Paths are found whatever their case, as on the systems that Flare runs on. */
export class Snippets {
  readonly #texts: ReadonlyMap<string, { readonly path: string; readonly text: string }>;
  readonly #read = new Map<string, Snippet>();

  /** `texts` by path, relative to the project. */
  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = new Map([...texts].map(([path, text]) => [keyOf(path), { path, text }]));
  }

  find(src: string, folders: readonly string[]): Snippet | undefined {
    const key = this.#keyFrom(src, folders);
    if (key === undefined) return undefined;
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const { path, text } = this.#texts.get(key) ?? { path: key, text: "" };
    const snippet = { path, folder: posix.dirname(path), ...readXml(text) };
    this.#read.set(key, snippet);
    return snippet;
  }

  /** The texts of all snippets that a text brings in, those of its snippets included; "" for what is missing. */
  closure(text: string, folder: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    const visit = (from: string, folders: readonly string[]) => {
      for (const src of referencesOf(from).snippets) {
        const key = this.#keyFrom(src, folders);
        if (found.has(key ?? src)) continue;
        const snippet = key === undefined ? undefined : this.#texts.get(key);
        found.set(key ?? src, snippet?.text ?? "");
        if (snippet !== undefined) visit(snippet.text, [posix.dirname(snippet.path), ...folders]);
      }
    };
    visit(text, [folder]);
    return found;
  }

  #keyFrom(src: string, folders: readonly string[]): string | undefined {
    const path = src.replaceAll("\\", "/").trim();
    const candidates = path.startsWith("/") ? [path.slice(1)] : folders.map((folder) => posix.join(folder, path));
    return candidates
      .flatMap((candidate) => [keyOf(candidate), keyOf(decoded(candidate))])
      .find((key) => this.#texts.has(key));
  }
}

export function referencesOf(text: string): References {
  const all = (pattern: RegExp) =>
    [...text.matchAll(pattern)].map((match) => decodeEntities(match[1] ?? match[2] ?? "").trim());
  return { snippets: all(SNIPPET), variables: all(VARIABLE) };
}

/** What links to a file are compared by: links written on Windows do not keep to case, nor to one form of an accented letter. */
export function keyOf(path: string): string {
  return posix.normalize(path).normalize("NFC").replaceAll("\u00a0", " ").toLowerCase();
}

/** Without percent-encoding; as it stands where that is none. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
