import { contextHeader } from "../../enrich/context-header.ts";
import { generationOfTag } from "../../enrich/generations.ts";
import { decodeText } from "../decode-text.ts";
import type { ListedFile } from "../file-listing.ts";
import { boundedTitle, fileTitle } from "../titles.ts";
import { fileParser, type SourceFile } from "../file-parser.ts";
import type { SourceReader } from "../define-parser.ts";
import type { Note, ParsedInput, SourceEntry } from "../parser.ts";
import { docusaurusUrl, publishedBase, sourceLabel } from "./docusaurus-site.ts";
import { FolderLabels } from "./folder-labels.ts";
import { readFrontMatter } from "./front-matter.ts";
import { readPage } from "./read-page.ts";

/** Docusaurus docs, `.md` and `.mdx`: one document a page. `displayBase` is where its pages are published. */
export function mdxParser(displayBase: string | undefined): SourceReader {
  return fileParser({
    version: 7,
    extensions: [".md", ".mdx"],
    shaping: { displayBase },
    addresses:
      ({ name }) =>
      (file) =>
        // Of pages of the same path in several folders, the first has it to itself.
        [pathInDocs(file), file.path, `/${file.path}`].map((path) => `${name}://${path}`),
    otherInputs: (source, context) => {
      const labels = new FolderLabels(source, context);
      const of = (file: SourceFile) => labels.of(file.root, pathInDocs(file));
      return Object.assign(of, { refused: () => labels.refused });
    },
    parseFile: (file, source, _, folderLabels) =>
      parseFile(file, source, folderLabels, displayBase ?? publishedBase(source.name)),
  });
}

/** Front matter that hides a page from readers. */
/** Of a heading that is compared with a page's title. */
const HEADING_CHARACTERS_MAX = 1_000;
const HIDING = ["draft", "unlisted"];
const KEPT_AS_METADATA = ["slug", "sidebar_position"];

async function parseFile(
  file: SourceFile,
  source: SourceEntry,
  folderLabels: readonly string[],
  displayBase: string,
): Promise<ParsedInput> {
  const { values, isInvalid, body } = readFrontMatter(decodeText(file.bytes));
  const hiding = HIDING.find((key) => values.get(key) === "true");
  if (hiding !== undefined) return skipped(file, `${hiding}: true in its front matter`);
  const { content, heading } = await readPage(body, values);
  if (!/[\p{L}\p{N}]/u.test(content)) return skipped(file, "a page without text");

  const path = pathInDocs(file);
  const title = boundedTitle(values.get("title") ?? (plain(boundedTitle(heading())) || fileTitle(path)));
  const notes: Note[] = isInvalid
    ? [{ kind: "warning", path: file.path, reason: "its front matter is not valid YAML; the text is used" }]
    : [];
  const document = {
    sourceUrl: file.address,
    title,
    docType: "tutorial",
    content,
    generations: [generationOfTag(source.generationTag)],
    contextHeader: contextHeader(
      [sourceLabel(source.name), ...folderLabels, ...sidebarLabel(values.get("sidebar_label"), title)],
      title,
    ),
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
    .replace(/(`+)(.*?)\1|[`*]|(?<!\w)_+|_+(?!\w)/g, (_match, _mark, code = "") => code)
    .trim();
}

function skipped({ path }: ListedFile, reason: string): ParsedInput {
  return { documents: [], notes: [{ kind: "skipped", path, reason }] };
}
