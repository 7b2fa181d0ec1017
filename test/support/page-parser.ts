import { IngestError } from "../../src/flow/errors.ts";
import type { Note, Parser } from "../../src/parsers/parser.ts";

/** One page of a `pageParser`: Markdown, or why it cannot be read. */
export type Page =
  | {
      readonly path: string;
      readonly content: string;
      /** Instead of one document of the whole page: one of each of these texts. */
      readonly documents?: readonly string[];
      /** Instead of its path. */
      readonly title?: string;
      /** Instead of one that names the page. */
      readonly contextHeader?: string;
    }
  | { readonly path: string; readonly broken: string };

/** A parser of pages in memory, one document a page; `loaded` says which pages were read and which were parsed. */
export function pageParser(pages: () => readonly Page[]): Parser & { readonly parsed: string[]; unlisted: string } {
  const parser = {
    name: "pages",
    settings: {},
    parallelInputs: 1,
    parsed: [] as string[],
    /** Path of a directory that cannot be listed. */
    unlisted: "",
    sourceType: () => "Documentation",
    count: async () => ({
      files: pages().length,
      bytes: pages().reduce((sum, page) => sum + sizeOf(page), 0),
      textShare: 1,
    }),
    async *inputs() {
      if (parser.unlisted !== "")
        yield { kind: "unlisted" as const, path: parser.unlisted, reason: "permission denied" };
      for (const page of pages()) {
        yield {
          kind: "input" as const,
          path: page.path,
          load: async () => {
            if ("broken" in page) throw new IngestError(page.broken, { decision: "skip", code: "unreadable" });
            return {
              bytes: sizeOf(page),
              fingerprint: Bun.hash(`${page.title ?? ""}${page.content}`).toString(16),
              parse: async () => {
                parser.parsed.push(page.path);
                const notes: Note[] = [];
                if (page.content === "draft") {
                  notes.push({ kind: "skipped", path: page.path, reason: "draft" });
                  return { documents: [], notes };
                }
                const document = (url: string, content: string) => ({
                  sourceUrl: `pages://${url}`,
                  title: page.title ?? page.path,
                  docType: "concept",
                  content,
                  generations: ["bbj"],
                  contextHeader: page.contextHeader ?? `Pages > ${page.path}`,
                  deprecated: false,
                  displayUrl: "",
                  metadata: {},
                });
                const documents = page.documents?.map((text) => document(`${page.path}#${text}`, text));
                return { documents: documents ?? [document(page.path, page.content)], notes };
              },
            };
          },
        };
      }
    },
  };
  return parser;
}

function sizeOf(page: Page): number {
  return "broken" in page ? 0 : page.content.length;
}
