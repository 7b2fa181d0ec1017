import { plural } from "../../../text/words.ts";
import { propertiesOf } from "../expand.ts";
import type { Foreign, ForeignParts } from "../foreign.ts";
import { type FrontMatter, readFrontMatter } from "../front-matter.ts";
import type { Value } from "../scope.ts";
import type { Markup } from "../markup.ts";
import { type PageText, readPage } from "../read-page.ts";
import type { Tag } from "../tag.ts";
import type { Import, Module, PageImports } from "./imported-files.ts";
import { withoutMdxFences } from "./mdx-fences.ts";
import { type Use, usesIn } from "./uses.ts";

/** Imports by what the page calls them; those that are required in place by what they ask for, behind a "!". */
type Named = ReadonlyMap<string, Import>;

/** Deeper than anybody nests pages. */
const DEPTH_MAX = 20;
/** Pages that show another one twice, which does so too, would go on without end. */
const CHARACTERS_MAX = 5_000_000;

/** A page with what it shows of other files, and what there is to say of them. */
export async function expandedPage(
  path: string,
  frontMatter: Pick<FrontMatter, "values" | "body">,
  { imports, modules }: PageImports,
): Promise<{ readonly page: PageText; readonly remarks: readonly string[] }> {
  const expansion = new Expansion(path, modules);
  const page = await expansion.read({ path, imports }, frontMatter, []);
  if (page.leftOut.length > 0) expansion.remarks.add(`what ${unknown(page.leftOut)}`);
  return { page, remarks: [...expansion.remarks] };
}

class Expansion {
  readonly remarks = new Set<string>();
  readonly #path: string;
  readonly #modules: readonly Module[];
  /** By module and properties. */
  readonly #pages = new Map<string, Foreign>();
  /** What was read, and put into pages. */
  #readCharacters = 0;
  #shownCharacters = 0;

  constructor(path: string, modules: readonly Module[]) {
    this.#path = path;
    this.#modules = modules;
  }

  /** `above` are the paths of the pages around it, which give it `props`. */
  read(
    { path, imports }: Pick<Module, "path" | "imports">,
    { body, values }: Pick<FrontMatter, "values" | "body">,
    above: readonly string[],
    props?: Value,
  ): Promise<PageText> {
    const page = withoutMdxFences(body);
    if (imports.length === 0) return readPage(page, values, props === undefined ? {} : { props });
    const named: Named = new Map(imports.map((each) => [each.name === "" ? `!${each.request}` : each.name, each]));
    return readPage(page, values, {
      ...(props === undefined ? {} : { props }),
      namesCode: (expression) =>
        usesIn(expression).some((use) => use.as === "code" && importOf(use, named) !== undefined),
      partsOn: (markup) => this.#shownOn(markup, named, [...above, path]),
    });
  }

  async #shownOn(markup: Markup, named: Named, above: readonly string[]): Promise<ForeignParts> {
    const placed = new Set<Import>();
    const shown = new Map<number, readonly Foreign[]>();
    const show = async (start: number, use: Use, tag?: Tag) => {
      const found = importOf(use, named);
      if (found === undefined) return;
      placed.add(found);
      const part = await this.#shown(found, above, tag === undefined ? undefined : propertiesOf(tag, markup.scope));
      const isElement = tag !== undefined;
      // A place that shows something is no expression, and no tag in prose, also where there is nothing to be had.
      const parts = shown.get(start) ?? [];
      const whole = part?.kind === "page" ? { ...part, isElement } : part;
      shown.set(start, whole === undefined ? parts : [...parts, whole]);
    };
    for (const { start, use, tag } of placesOn(markup)) await show(start, use, tag);
    for (const lost of named.values()) {
      if (placed.has(lost) || (lost.as === "code" && !isInStatement(lost.name, markup.page))) continue;
      await show(
        markup.page.length,
        lost.as === "page" ? { as: "page", name: lost.name } : { as: "code", name: lost.name },
      );
      if (lost.to >= 0) this.#say(above, lost, "where its place could not be found: its text stands at the end");
    }
    return shown;
  }

  async #shown(found: Import, above: readonly string[], props: Value | undefined): Promise<Foreign | undefined> {
    const module = this.#modules[found.to];
    if (module === undefined) {
      this.#say(above, found, `but ${found.problem}`);
      return undefined;
    }
    if (above.includes(module.path)) {
      this.#say(above, found, "which is shown around it already: it is left out there");
      return undefined;
    }
    if (above.length > DEPTH_MAX) {
      this.#say(above, found, `in more than ${DEPTH_MAX} pages within each other: it is left out there`);
      return undefined;
    }
    // What is read already is put where it belongs, so that it is the innermost that is left out.
    if (this.#readCharacters > CHARACTERS_MAX || this.#shownCharacters > CHARACTERS_MAX) {
      const most = plural(CHARACTERS_MAX, "character");
      this.remarks.add(`what it shows of other files is more than ${most}: the rest is left out`);
      return undefined;
    }
    if (module.conflictLine !== undefined) {
      const where = `${module.path}, which it shows, has conflict markers of an unfinished merge (line ${module.conflictLine})`;
      this.remarks.add(`${where}: both sides are ingested; resolve it`);
    }
    const shown = found.as === "code" ? codeOf(module) : await this.#page(found.to, module, props, above);
    this.#shownCharacters += shown.kind === "page" ? shown.markdown.length : shown.code.length;
    return shown;
  }

  async #page(index: number, module: Module, props: Value | undefined, above: readonly string[]): Promise<Foreign> {
    const key = keyOf(index, props);
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    this.#readCharacters += module.text.length;
    const { content, heading, leftOut } = await this.read(module, readFrontMatter(module.text), above, props);
    if (leftOut.length > 0) this.remarks.add(`what ${unknown(leftOut, module.path)}`);
    const page: Foreign = { kind: "page", markdown: content, heading: heading(), isElement: false };
    if (key !== "") this.#pages.set(key, page);
    return page;
  }

  #say(above: readonly string[], { request }: Import, what: string): void {
    const path = above.at(-1) ?? "";
    const separator = what.startsWith("but") || what.startsWith("which") ? ", " : " ";
    this.remarks.add(`${path === this.#path ? "it" : path} shows ${request}${separator}${what}`);
  }
}

function unknown([first = "", ...others]: readonly string[], path?: string): string {
  const more = others.length === 0 ? "" : ` and ${plural(others.length, "other expression")}`;
  const where = path === undefined ? "" : ` in ${path}`;
  return `${first}${more}${where} would show is known only when the site is built, and was left out`;
}

/** What names something of another file, in the order of the page; with its tag where that is what it names. */
function placesOn({ tags, expressions }: Markup): { readonly start: number; readonly use: Use; readonly tag?: Tag }[] {
  const places = [
    ...tags.flatMap((tag) => {
      const { start, name, kind } = tag;
      if (kind === "close") return [];
      const given = [...tag.expressions.values()].flatMap(usesIn);
      return [{ start, use: { as: "page", name } as const, tag }, ...given.map((use) => ({ start, use }))];
    }),
    ...expressions.flatMap(({ start, expression }) => usesIn(expression).map((use) => ({ start, use }))),
  ];
  return places.toSorted((one, other) => one.start - other.start);
}

/** Whether a constant or a component is made of it: where that is shown is not known. */
function isInStatement(name: string, page: string): boolean {
  const escaped = name.replaceAll("$", "\\$");
  return name !== "" && new RegExp(`^export\\s[^\\n]*(?<![\\w$])${escaped}(?![\\w$])`, "m").test(page);
}

function importOf(use: Use, named: Named): Import | undefined {
  const found = named.get("name" in use ? use.name : `!${use.request}`);
  return found?.as === use.as ? found : undefined;
}

/** "" where what is given is more than words: then a page is read anew. */
function keyOf(index: number, props: Value | undefined): string {
  const given = props?.kind === "object" ? [...props.values] : [];
  const words = given.flatMap(([name, value]) => ("text" in value ? [name, value.text] : []));
  return words.length === 2 * given.length ? JSON.stringify([index, ...words]) : "";
}

function codeOf({ path, text }: Module): Foreign {
  return { kind: "code", code: text, language: /\.([\w+#-]+)$/.exec(path)?.[1]?.toLowerCase() ?? "" };
}
