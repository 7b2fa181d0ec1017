import { posix } from "node:path";
import type { Element } from "xast";
import { decodeEntities } from "../../text/entities.ts";
import { decodeText } from "../decode-text.ts";
import { attribute, readFragment } from "./read-xml.ts";
import { conditionsOf, isDropped, mayDrop } from "./conditions.ts";
import { placeholdersIn } from "./variables.ts";

/** A piece of text that topics share. */
export type Snippet = {
  /** Relative to the project. */
  readonly path: string;
  readonly folder: string;
  /** How long its text is. */
  readonly characters: number;
  /** Undefined when it is no markup. */
  readonly html: Element | undefined;
  /** Why it had to be read as HTML; "" for well-formed XML. */
  readonly remark: string;
};

/** What a text refers to, as far as that shapes a topic. */
export type References = {
  readonly snippets: readonly string[];
  readonly variables: readonly string[];
  /** Cross references, when some of them have no words of their own. */
  readonly links: readonly string[];
};

// Up to the next tag, for a value may hold ">". What is found in a text by mistake does no harm.
const SNIPPET = attributeOf("snippet(?:Block|Text)", "src");
const VARIABLE = attributeOf("variable", "name");
const LINK = attributeOf("xref", "href");
/** What each of them has. */
const MARKS = [
  "[%=",
  ...["snippet", "variable", "xref"].flatMap((name) =>
    [name, name.toUpperCase(), name.charAt(0).toUpperCase() + name.slice(1)].map((written) => `:${written}`),
  ),
];
const WITHOUT_WORDS =
  /\[%=\s*System\.Linked|\{\s*(?:title|para|h[1-6])|<MadCap:xref\b[^<]*(?:\/>|>(?:\s|&#?\w+;)*<(?:\/MadCap:xref>|!))/i;
/** How deep snippets are read within each other. */
export const SNIPPETS_WITHIN_MAX = 1_000;
/** What hides an element from readers, but not from a pattern. */
const HIDING = /<!--|<!\[CDATA\[/;

/** A file of a project. */
export type ProjectFile = { readonly path: string; readonly absolute: string };

/** A file that may be a snippet, and what was made of it. */
type Shared = ProjectFile & {
  readonly folder: string;
  /** Undefined until it is needed. */
  text: string | undefined;
  read?: { readonly of: string; readonly snippet: Snippet };
  outline?: { readonly hash: string; readonly references: References };
  shown?: References | "nothing";
};

export type SnippetText = readonly [path: string, text: string];

/** What a topic gets from snippets, those of its snippets included. */
type Closure = {
  /** Their paths and the hashes of their texts; "" for one that is missing. */
  readonly snippets: readonly (readonly [path: string, hash: string])[];
  /** Their texts by their paths, of those that there are. */
  readonly texts: readonly SnippetText[];
  /** Paths of those that are there and cannot be read. */
  readonly unread: readonly string[];
  /** Names that the topic and they use. */
  readonly variables: ReadonlySet<string>;
  /** What those cross references lead to. */
  readonly links: ReadonlyMap<string, ProjectFile | undefined>;
};

/**
 * The snippets of a project: whatever file a reference names. Paths are found whatever their case, as on the systems that Flare
 * runs on; of two that differ by nothing else, the one that is written so.
 */
export class Snippets {
  readonly #files = new Map<string, Shared>();
  readonly #anyCase = new Map<string, Shared>();
  readonly #byPath = new Map<string, Shared>();
  readonly #held: Shared[] = [];
  /** What was looked for, by folder, then by `src`. */
  readonly #found = new Map<string, Map<string, Shared | undefined>>();
  readonly #textOf: (file: ProjectFile) => Promise<string | undefined>;

  /** `textOf` reads a file; undefined when it cannot. */
  constructor(files: Iterable<ProjectFile>, textOf: (file: ProjectFile) => Promise<string | undefined>) {
    this.#textOf = textOf;
    for (const { path, absolute } of files) {
      const shared = { path, absolute, folder: posix.dirname(path), text: undefined };
      this.#byPath.set(path, shared);
      this.#files.set(exactKeyOf(path), shared);
      const key = keyOf(path);
      if (!this.#anyCase.has(key)) this.#anyCase.set(key, shared);
    }
  }

  /** A snippet of a topic whose `closure` was asked for. */
  find(src: string, folders: readonly string[]): Snippet | undefined {
    const shared = this.#from(src, folders);
    if (shared?.text === undefined) return undefined;
    const { path, folder, text } = shared;
    if (shared.read?.of !== text) {
      shared.read = { of: text, snippet: { path, folder, characters: text.length, ...readFragment(text) } };
    }
    return shared.read.snippet;
  }

  /** From now on these texts are there, and no others. */
  hold(texts: readonly SnippetText[]): void {
    for (const shared of this.#held.splice(0)) shared.text = undefined;
    for (const [path, text] of texts) {
      const shared = this.#byPath.get(path);
      if (shared === undefined) continue;
      shared.text = text;
      this.#held.push(shared);
    }
  }

  /** A file by `keyOf` its path. */
  file(key: string): ProjectFile | undefined {
    return this.#anyCase.get(key);
  }

  /** The file that a link leads to. */
  target(href: string, folders: readonly string[]): ProjectFile | undefined {
    return this.#from(href, folders);
  }

  /** What a topic in `folder` gets from its snippets; `isShown`: as far as its readers see it. */
  async closure(topic: References, folder: string, { isShown = false } = {}): Promise<Closure> {
    const found = new Map<Shared | string, string>();
    const unread: string[] = [];
    const variables = new Set<string>();
    const links = new Map<string, ProjectFile | undefined>();
    const left = [{ references: topic, folders: [folder], level: 1 }];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      for (const name of next.references.variables) variables.add(name);
      for (const href of next.references.links) links.set(href, this.#from(href, next.folders));
      const { level } = next;
      if (isShown && level > SNIPPETS_WITHIN_MAX) continue;
      for (const src of next.references.snippets) {
        const shared = this.#from(src, next.folders);
        if (found.has(shared ?? src)) continue;
        if (shared !== undefined) shared.text ??= await this.#textOf(shared);
        if (shared?.text === undefined) {
          found.set(shared ?? src, "");
          if (shared !== undefined) unread.push(shared.path);
          continue;
        }
        const { text } = shared;
        shared.outline ??= { hash: hashOf(text), references: referencesOf(text) };
        if (isShown) shared.shown ??= isLeftOut(text) ? "nothing" : shownReferencesOf(text);
        const references = (isShown ? shared.shown : undefined) ?? shared.outline.references;
        if (references === "nothing") continue;
        found.set(shared, shared.outline.hash);
        left.push({ references, folders: [shared.folder, folder], level: level + 1 });
      }
    }
    const snippets = [...found].map(
      ([shared, hash]) => [typeof shared === "string" ? shared : shared.path, hash] as const,
    );
    const texts = [...found.keys()].flatMap((shared): SnippetText[] =>
      typeof shared === "string" || shared.text === undefined ? [] : [[shared.path, shared.text]],
    );
    return { snippets, texts, unread, variables, links };
  }

  #from(src: string, folders: readonly string[]): Shared | undefined {
    for (const folder of folders) {
      const known = this.#found.get(folder) ?? new Map<string, Shared | undefined>();
      this.#found.set(folder, known);
      if (!known.has(src)) known.set(src, this.#look(src, folder));
      const shared = known.get(src);
      if (shared !== undefined) return shared;
    }
    return undefined;
  }

  #look(src: string, folder: string): Shared | undefined {
    for (const target of targetsOf(src)) {
      const candidate = pathFrom(folder, target);
      const plain = decoded(candidate);
      const shared =
        this.#files.get(exactKeyOf(candidate)) ??
        this.#files.get(exactKeyOf(plain)) ??
        this.#anyCase.get(keyOf(candidate)) ??
        this.#anyCase.get(keyOf(plain));
      if (shared !== undefined) return shared;
    }
    return undefined;
  }
}

/** The path in the project where `src` is looked for first. */
export function wantedPath(src: string, folders: readonly string[]): string {
  const [target = ""] = targetsOf(src).slice(-1);
  return posix.normalize(decoded(pathFrom(folders[0] ?? "", target)));
}

function attributeOf(element: string, name: string): RegExp {
  const value = `(?:"([^"]*)"|'([^']*)'|([^\\s"'<>]+?)(?=/?>|\\s))`;
  return new RegExp(`<MadCap:${element}\\b[^<]*?\\s${name}\\s*=\\s*${value}`, "gi");
}

/** As `referencesOf` the text of a file. Most topics refer to nothing, and to make text of them takes far longer than to see that. */
export function referencesIn(bytes: Uint8Array): References {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const isUtf16 = bytes[0] === 0xff || bytes[0] === 0xfe;
  if (isUtf16 || MARKS.some((mark) => file.includes(mark))) return referencesOf(decodeText(bytes));
  return { snippets: [], variables: [], links: [] };
}

export function referencesOf(text: string): References {
  const all = (pattern: RegExp) => [
    ...new Set(text.matchAll(pattern).map((match) => decodeEntities(match[1] ?? match[2] ?? match[3] ?? "").trim())),
  ];
  const placeholders = [...new Set(placeholdersIn(text))].map(decodeEntities);
  const links = all(LINK);
  return {
    snippets: all(SNIPPET),
    variables: [...all(VARIABLE), ...placeholders],
    links: links.length > 0 && WITHOUT_WORDS.test(text) ? links : [],
  };
}

/** What a text refers to where its readers see it: not in comments, sections of plain text and elements that are left out. */
export function shownReferencesOf(text: string): References {
  if (!HIDING.test(text) && !mayDrop(text)) return referencesOf(text);
  const { html } = readFragment(text);
  const snippets: string[] = [];
  const left = html === undefined ? [] : [...html.children];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node.type !== "element" || isDropped(conditionsOf(node))) continue;
    if (/^madcap:snippet(?:block|text)$/i.test(node.name)) snippets.push(attribute(node, "src").trim());
    left.push(...node.children);
  }
  return { snippets, variables: [], links: [] };
}

/** Whether all of a text is left out where it is a snippet, if it is markup at all. */
function isLeftOut(text: string): boolean {
  const isWhole = /<html[\s>]/i.test(text);
  if (isWhole && !mayDrop(text)) return false;
  const { html } = readFragment(text);
  if (html === undefined) return true;
  const body = html?.children.find((child) => child.type === "element" && /^body$/i.test(child.name));
  return [html, body].some((node) => node?.type === "element" && isDropped(conditionsOf(node)));
}

/** What `src` may name, with and without what looks like a place in the file. */
function targetsOf(src: string): string[] {
  const path = src.replaceAll("\\", "/").trim();
  const anchor = path.lastIndexOf("#");
  const file = anchor < 0 ? path : path.slice(0, anchor);
  return [...new Set([path, file, file.split("?", 1)[0] ?? ""])];
}

function pathFrom(folder: string, target: string): string {
  return target.startsWith("/") ? target.slice(1) : posix.join(folder, target);
}

function hashOf(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** What links to a file are compared by: links written on Windows do not keep to case, nor to one form of an accented letter. */
export function keyOf(path: string): string {
  return exactKeyOf(path).toLowerCase();
}

function exactKeyOf(path: string): string {
  return posix.normalize(path).normalize("NFC").replaceAll("\u00a0", " ");
}

/** Without percent-encoding; as it stands where its percent signs are no such encoding. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
