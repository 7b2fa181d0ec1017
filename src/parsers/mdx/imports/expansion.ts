import { plural } from "../../../text/words.ts";
import type { Markup } from "../markup.ts";
import { readPage, type PageText } from "../read-page.ts";
import type { Foreign, ForeignParts } from "../foreign.ts";
import type { Import, Module, PageImports } from "./imported-files.ts";
import { withProps } from "./props.ts";
import { type Props, type Use, usesIn, usesOfTag } from "./uses.ts";

/** Deeper than anybody nests pages. */
const DEPTH_MAX = 20;
/** Pages that show another one twice, which does so too, would go on without end. */
const CHARACTERS_MAX = 5_000_000;

/** A page with what it shows of other files, and what there is to say of them. */
export async function expandedPage(
  path: string,
  body: string,
  { imports, modules }: PageImports,
): Promise<{ readonly page: PageText; readonly remarks: readonly string[] }> {
  const expansion = new Expansion(path, modules);
  const page = await expansion.read({ path, text: body, imports }, []);
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

  /** `above` are the paths of the pages around it. */
  read(module: Module, above: readonly string[]): Promise<PageText> {
    if (module.imports.length === 0) return readPage(module.text);
    return readPage(module.text, (markup) => this.#shownOn(markup, module, [...above, module.path]));
  }

  async #shownOn(markup: Markup, { imports }: Module, above: readonly string[]): Promise<ForeignParts> {
    const named = new Map(imports.map((each) => [each.name === "" ? `!${each.request}` : each.name, each]));
    const placed = new Set<Import>();
    const shown = new Map<number, readonly Foreign[]>();
    const show = async (start: number, uses: readonly Use[], own?: Use) => {
      const all: Foreign[] = [];
      for (const use of uses) {
        const found = named.get("name" in use ? use.name : `!${use.request}`);
        if (found?.as !== use.as) continue;
        placed.add(found);
        const part = await this.#shown(found, use, above);
        const isElement = use === own;
        if (part !== undefined) all.push(isElement && part.kind === "page" ? { ...part, isElement } : part);
        // A place that shows something is no expression, and no tag in prose, also where there is nothing to be had.
        shown.set(start, all);
      }
    };
    const places = [
      ...markup.tags.map((tag) => ({ start: tag.start, uses: usesOfTag(tag), isTag: true })),
      ...markup.expressions.map(({ start, expression }) => ({ start, uses: usesIn(expression), isTag: false })),
    ];
    for (const { start, uses, isTag } of places.toSorted((one, other) => one.start - other.start)) {
      await show(start, uses, isTag ? uses[0] : undefined);
    }
    for (const lost of imports.filter((each) => each.as === "page" && !placed.has(each))) {
      await show(markup.page.length, [{ as: "page", name: lost.name, props: {} }]);
      if (lost.to >= 0) this.#say(above, lost, "where its place could not be found: its text stands at the end");
    }
    return shown;
  }

  async #shown(found: Import, use: Use, above: readonly string[]): Promise<Foreign | undefined> {
    const module = this.#modules[found.to];
    if (module === undefined) {
      this.#say(above, found, found.problem === "" ? "" : `but ${found.problem}`);
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
    const shown = use.as === "code" ? codeOf(module) : await this.#page(found.to, module, use.props, above);
    this.#shownCharacters += shown.kind === "page" ? shown.markdown.length : shown.code.length;
    return shown;
  }

  async #page(index: number, module: Module, props: Props, above: readonly string[]): Promise<Foreign> {
    const key = `${index} ${JSON.stringify(props)}`;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    this.#readCharacters += module.text.length;
    const { content, heading } = await this.read({ ...module, text: withProps(module.text, props) }, above);
    const page: Foreign = { kind: "page", markdown: content, heading: heading(), isElement: false };
    this.#pages.set(key, page);
    return page;
  }

  #say(above: readonly string[], { request }: Import, what: string): void {
    const path = above.at(-1) ?? "";
    const separator = what.startsWith("but") || what.startsWith("which") ? ", " : " ";
    this.remarks.add(`${path === this.#path ? "it" : path} shows ${request}${separator}${what}`);
  }
}

function codeOf({ path, text }: Module): Foreign {
  return { kind: "code", code: text, language: /\.([\w+#-]+)$/.exec(path)?.[1]?.toLowerCase() ?? "" };
}
