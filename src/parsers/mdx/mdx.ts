import { contextHeader } from "../../enrich/context-header.ts";
import { generationOfTag } from "../../enrich/generations.ts";
import { decodeText, isBinary } from "../decode-text.ts";
import type { ListedFile } from "../file-listing.ts";
import { boundedTitle, fileTitle } from "../titles.ts";
import { aboutPage, keywordsIn, type OwnWords } from "../about-page.ts";
import { fileParser, type SourceFile } from "../file-parser.ts";
import type { SourceReader } from "../define-parser.ts";
import type { Note, ParsedInput, SourceEntry } from "../parser.ts";
import { docusaurusUrl, isPartial, publishedBase, sourceLabel } from "./docusaurus-site.ts";
import { FolderLabels } from "./folder-labels.ts";
import { type FrontMatter, readFrontMatter } from "./front-matter.ts";
import { expandedPage } from "./imports/expansion.ts";
import { ImportedFiles, type PageImports } from "./imports/imported-files.ts";
import { Partials } from "./imports/partials.ts";

const EXTENSIONS = [".md", ".mdx"];

/** What shapes a page beside its file. */
type Surroundings = {
  readonly folderLabels: readonly string[];
  /** Of a partial, the page that shows it; "" for none. */
  readonly shownBy: string;
  /** One line is said for all partials. */
  readonly isCounted: boolean;
  readonly imports: PageImports;
};

const NO_IMPORTS: PageImports = { imports: [], modules: [] };
const NO_SURROUNDINGS: Surroundings = { folderLabels: [], shownBy: "", isCounted: false, imports: NO_IMPORTS };

/** Docusaurus docs, `.md` and `.mdx`: one document a page. `displayBase` is where its pages are published. */
export function mdxParser(displayBase: string | undefined): SourceReader {
  return fileParser({
    version: 9,
    extensions: EXTENSIONS,
    known: { project: { file: /^docusaurus\.config\.\w+$/i, noun: "Docusaurus site", folder: "docs" } },
    // Labels of folders, and the code of the site.
    silent: [".json", ".yml", ".yaml", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx"],
    shaping: { displayBase },
    addresses:
      ({ name }) =>
      (file) =>
        // Of pages of the same path in several folders, the first has it to itself.
        [pathInDocs(file), file.path, `/${file.path}`].map((path) => `${name}://${path}`),
    otherInputs: (source, context) => {
      const labels = new FolderLabels(source, context);
      const imported = new ImportedFiles(source, context);
      const partials = new Partials(source, context, {
        extensions: source.extensions ?? EXTENSIONS,
        isPartial: (file) => isPartial(pathInDocs(file)),
        isHidden: (text) => hidingOf(readFrontMatter(text).values) !== undefined,
      });
      const of = async (file: SourceFile): Promise<Surroundings> => {
        const shownBy = isPartial(pathInDocs(file)) ? await partials.shownBy(file) : "";
        const isCounted = shownBy !== "" && partials.remark !== "";
        const imports = shownBy === "" ? await imported.of(file, decodeText(file.bytes)) : NO_IMPORTS;
        return { folderLabels: await labels.of(file.root, pathInDocs(file)), shownBy, isCounted, imports };
      };
      return Object.assign(of, {
        refused: () => labels.refused,
        shown: () => imported.shown,
        remark: () => partials.remark,
      });
    },
    parseFile: (file, source, { others: surroundings = NO_SURROUNDINGS }) =>
      parseFile(file, source, surroundings, displayBase ?? publishedBase(source.name)),
  });
}

/** Of a heading that is compared with a page's title. */
const HEADING_CHARACTERS_MAX = 1_000;
const HIDING = ["draft", "unlisted"];
/** Beyond this a list says no more. */
const REMARKS_MAX = 10;
const KEPT_AS_METADATA = ["slug", "sidebar_position"];

async function parseFile(
  file: SourceFile,
  source: SourceEntry,
  { folderLabels, shownBy, isCounted, imports }: Surroundings,
  displayBase: string,
): Promise<ParsedInput> {
  if (isCounted) return { documents: [], notes: [] };
  if (shownBy !== "") return skipped(file, `a partial, shown by ${shownBy}`);
  if (isBinary(file.bytes)) return skipped(file, "a binary file, no page");
  const { values, lists, isInvalid, body } = readFrontMatter(decodeText(file.bytes));
  const hiding = hidingOf(values);
  if (hiding !== undefined) return skipped(file, `${hiding}: true in its front matter`);
  const { page, remarks } = await expandedPage(file.path, { values, body }, imports);
  const { content, heading } = page;
  const notes = warnings(file, [
    ...(isInvalid ? ["its front matter is not valid YAML; the text is used"] : []),
    ...remarks,
  ]);
  const path = pathInDocs(file);
  const title = boundedTitle(values.get("title") ?? (plain(boundedTitle(heading())) || fileTitle(path)));
  const header = contextHeader(
    [sourceLabel(source.name), ...folderLabels, ...sidebarLabel(values.get("sidebar_label"), title)],
    title,
  );
  const about = aboutPage(ownWords({ values, lists }, page.ownWords), { title, contextHeader: header, content });
  const hasText = /[\p{L}\p{N}]/u.test(content);
  if (!hasText && about === "") {
    return { documents: [], notes: [...notes, ...skipped(file, "a page without text").notes] };
  }
  const document = {
    sourceUrl: file.address,
    title,
    docType: "tutorial",
    content: hasText ? content : "",
    ...(about === "" ? {} : { about }),
    generations: [generationOfTag(source.generationTag)],
    contextHeader: header,
    deprecated: false,
    displayUrl: docusaurusUrl(displayBase, path, values.get("slug") ?? ""),
    metadata: Object.fromEntries(
      KEPT_AS_METADATA.flatMap((key) => {
        const value = values.get(key);
        return value === undefined ? [] : [[key, value]];
      }),
    ),
  };
  return { documents: [document], notes };
}

/** What hides a page from readers. */
function hidingOf(values: ReadonlyMap<string, string>): string | undefined {
  return HIDING.find((key) => values.get(key) === "true");
}

/** What readers of a page do not see of it: in its front matter, or its head. */
function ownWords({ values, lists }: Pick<FrontMatter, "values" | "lists">, head: OwnWords): OwnWords {
  const of = (key: string) => lists.get(key) ?? (values.has(key) ? [values.get(key) ?? ""] : []);
  return {
    description: of("description").join(" ") || head.description,
    keywords: [...of("keywords").flatMap(keywordsIn), ...head.keywords],
  };
}

/** Relative to the folder of the docs. */
function pathInDocs({ path, root }: ListedFile): string {
  return root === "." ? path : path.slice(root.length + (root.endsWith("/") ? 0 : 1));
}

/** The label of the page in the sidebar, where it adds to the title. */
function sidebarLabel(label: string | undefined, title: string): string[] {
  if (label === undefined) return [];
  const [one, other] = [label.toLowerCase(), title.toLowerCase()];
  return one.includes(other) || other.includes(one) ? [] : [label];
}

/** A heading without its Markdown. */
function plain(heading: string): string {
  return heading
    .slice(0, HEADING_CHARACTERS_MAX)
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(
      /(\$[^$]+\$)|(`+)(.*?)\2|[`*]|(?<!\w)_+|_+(?!\w)/g,
      (_match, formula, _mark, code) => formula ?? code ?? "",
    )
    .trim();
}

function warnings({ path }: ListedFile, remarks: readonly string[]): Note[] {
  const more = remarks.length > REMARKS_MAX ? [`and ${remarks.length - REMARKS_MAX} remarks more`] : [];
  return [...remarks.slice(0, REMARKS_MAX), ...more].map((reason) => ({ kind: "warning", path, reason }));
}

function skipped({ path }: ListedFile, reason: string): ParsedInput {
  return { documents: [], notes: [{ kind: "skipped", path, reason }] };
}
