import { contextHeader } from "../../enrich/context-header.ts";
import { docusaurusUrl, withoutNumberPrefix } from "../../enrich/display-url.ts";
import { sourceLabel, sourceType } from "../../enrich/source-type.ts";
import type { SourceEntry } from "../../config/sources.ts";
import { decodeText } from "../decode-text.ts";
import type { ListedFile } from "../file-listing.ts";
import { fileParser } from "../file-parser.ts";
import type { Note, ParsedInput } from "../parser.ts";
import { splitFrontMatter } from "./front-matter.ts";
import { folderLabels } from "./section-path.ts";
import { stripMdx } from "./strip-mdx.ts";

/** Docusaurus pages, `.md` and `.mdx`: one document a page. */
export const mdx = fileParser({
  name: "mdx",
  version: 1,
  extensions: [".md", ".mdx"],
  sourceType,
  besides: (source) => (file) => folderLabels(file, source),
  parseFile(file, source, _, folders): ParsedInput {
    const { values, body } = splitFrontMatter(decodeText(file.bytes));
    const skipped = (reason: string): ParsedInput => ({
      documents: [],
      notes: [{ kind: "skipped", path: file.path, reason }],
    });
    for (const state of ["draft", "unlisted"])
      if (values?.[state] === true) return skipped(`${state}: true in the front matter`);
    const content = stripMdx(body);
    if (!/[\p{L}\p{N}]/u.test(content)) return skipped("no text");
    const notes: Note[] = [];
    if (values === undefined) {
      notes.push({
        kind: "warning",
        path: file.path,
        reason: "the front matter is not valid YAML; the text is used without it",
      });
    }
    const path = pathInSource(file, source);
    const fileName = withoutNumberPrefix((path.split("/").at(-1) ?? path).replace(/\.mdx?$/i, ""));
    const title = text(values?.title) ?? firstHeading(content) ?? fileName;
    const slug = text(values?.slug);
    const metadata: Record<string, string> = { file: file.path };
    for (const key of ["slug", "sidebar_position", "description"]) {
      const value = text(values?.[key]);
      if (value !== undefined) metadata[key] = value;
    }
    const sections = [sourceLabel(source), ...folders];
    return {
      documents: [
        {
          sourceUrl: `${source.name}://${path}`,
          title,
          docType: "tutorial",
          content,
          generations: [source.generationTag],
          contextHeader: contextHeader(sections, text(values?.sidebar_label) ?? title),
          deprecated: false,
          displayUrl: docusaurusUrl(source, path, slug ?? ""),
          metadata,
        },
      ],
      notes,
    };
  },
});

/** Relative to the source's own folder; with several paths, prefixed by the configured one. */
function pathInSource(file: ListedFile, source: SourceEntry): string {
  const [only, ...others] = source.paths;
  if (only === undefined || others.length > 0 || file.root === "" || !file.path.startsWith(`${file.root}/`))
    return file.path;
  return file.path.slice(file.root.length + 1);
}

function firstHeading(content: string): string | undefined {
  let fence = "";
  for (const line of content.split("\n")) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined && fence === "") fence = mark;
    else if (mark !== undefined && mark.startsWith(fence)) fence = "";
    else if (fence === "") {
      const heading = /^#\s+(.*?)\s*#*$/.exec(line)?.[1];
      if (heading) return heading.replace(/[`*]/g, "").trim();
    }
  }
  return undefined;
}

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
