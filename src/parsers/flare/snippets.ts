import { posix } from "node:path";
import type { Element } from "xast";
import { decodeEntities } from "../../text/entities.ts";
import { readXml } from "./read-xml.ts";

/** A piece of text that topics share. */
export type Snippet = {
  /** Relative to the project. */
  readonly path: string;
  readonly folder: string;
  /** How long its text is. */
  readonly characters: number;
  /** Undefined when it has no `<html>` element. */
  readonly html: Element | undefined;
  /** Why it had to be read as HTML; "" for well-formed XML. */
  readonly remark: string;
};

/** What a text refers to, as far as that shapes a topic. */
export type References = { readonly snippets: readonly string[]; readonly variables: readonly string[] };

// Up to the next tag, for a value may hold ">". What is found in a text by mistake does no harm.
const SNIPPET = /<MadCap:snippet(?:Block|Text)\b[^<]*?\ssrc\s*=\s*(?:"([^"]*)"|'([^']*)')/gi;
const VARIABLE = /<MadCap:variable\b[^<]*?\sname\s*=\s*(?:"([^"]*)"|'([^']*)')/gi;

/** A snippet's file, and what was made of it. */
type Shared = {
  readonly path: string;
  readonly text: string;
  read?: Snippet;
  outline?: { readonly hash: string; readonly references: References };
};

/** The snippets of a project. Paths are found whatever their case, as on the systems that Flare runs on. */
export class Snippets {
  readonly #shared: ReadonlyMap<string, Shared>;

  /** `texts` by path, relative to the project. */
  constructor(texts: ReadonlyMap<string, string>) {
    this.#shared = new Map([...texts].map(([path, text]) => [keyOf(path), { path, text }]));
  }

  find(src: string, folders: readonly string[]): Snippet | undefined {
    const shared = this.#from(src, folders);
    if (shared === undefined) return undefined;
    const { path, text } = shared;
    shared.read ??= { path, folder: posix.dirname(path), characters: text.length, ...readXml(text) };
    return shared.read;
  }

  /**
   * What a topic in `folder` gets from snippets, those of its snippets included: their paths and the hashes of their texts
   * ("" for one that is missing), and the variables that the topic and they name.
   */
  closure(
    topic: References,
    folder: string,
  ): { readonly snippets: readonly string[]; readonly variables: Set<string> } {
    const found = new Map<Shared | string, string>();
    const variables = new Set<string>();
    const left = [{ references: topic, folders: [folder] }];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      for (const name of next.references.variables) variables.add(name);
      for (const src of next.references.snippets) {
        const shared = this.#from(src, next.folders);
        if (found.has(shared ?? src)) continue;
        if (shared === undefined) found.set(src, "");
        else {
          shared.outline ??= { hash: hashOf(shared.text), references: referencesOf(shared.text) };
          found.set(shared, shared.outline.hash);
          left.push({ references: shared.outline.references, folders: [posix.dirname(shared.path), folder] });
        }
      }
    }
    const snippets = [...found].flatMap(([shared, hash]) => [typeof shared === "string" ? shared : shared.path, hash]);
    return { snippets, variables };
  }

  #from(src: string, folders: readonly string[]): Shared | undefined {
    const path = src.replaceAll("\\", "/").trim();
    const anchor = path.lastIndexOf("#");
    for (const target of anchor < 0 ? [path] : [path, path.slice(0, anchor)]) {
      const candidates = target.startsWith("/") ? [target.slice(1)] : folders.map((from) => posix.join(from, target));
      for (const candidate of candidates) {
        const shared = this.#shared.get(keyOf(candidate)) ?? this.#shared.get(keyOf(decoded(candidate)));
        if (shared !== undefined) return shared;
      }
    }
    return undefined;
  }
}

export function referencesOf(text: string): References {
  const all = (pattern: RegExp) =>
    [...text.matchAll(pattern)].map((match) => decodeEntities(match[1] ?? match[2] ?? "").trim());
  return { snippets: all(SNIPPET), variables: all(VARIABLE) };
}

function hashOf(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** What links to a file are compared by: links written on Windows do not keep to case, nor to one form of an accented letter. */
export function keyOf(path: string): string {
  return posix.normalize(path).normalize("NFC").replaceAll("\u00a0", " ").toLowerCase();
}

/** Without percent-encoding; as it stands where its percent signs are no such encoding. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
