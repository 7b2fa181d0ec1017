import { contextHeader } from "../../enrich/context-header.ts";
import { generationsOfManual } from "../../enrich/generations.ts";
import { boundedTitle } from "../titles.ts";
import type { SourceReader } from "../define-parser.ts";
import { fileParser } from "../file-parser.ts";
import type { Document, ParsedInput, SourceEntry } from "../parser.ts";
import type { PdfContent, PdfSection } from "./pdf-content.ts";
import { notesOfPdf } from "./pdf-notes.ts";
import { pdfContent, type PdfOptions, timeLimitOf } from "./pdf-job.ts";

/** At the same time; a Worker that reads one takes some 150 MB. */
const PDFS_MAX = 2;

/** Raised with every change that makes other documents of the same file. */
export const PDF_VERSION = 6;

const SLUG_CHARACTERS_MAX = 80;
const LABEL_CHARACTERS_MAX = 80;

/** Document types by what a section is called. */
const TYPE_RULES: readonly { readonly docType: string; readonly pattern: RegExp }[] = [
  { docType: "tutorial", pattern: /\b(?:tutorial|getting started|step \d|how to|walkthrough|lesson|exercise)\b/i },
  { docType: "example", pattern: /\b(?:example|sample|demo|listing)s?\b/i },
];

/** PDF files: one document for each section of heading level 1 to 3. */
export function pdfParser(options: PdfOptions): SourceReader {
  return fileParser({
    version: PDF_VERSION,
    extensions: [".pdf"],
    known: { standsAlone: true },
    parallelInputs: PDFS_MAX,
    timeLimit: timeLimitOf(options),
    // Fonts and pictures take the rest.
    textShare: 0.2,
    shaping: { pdfPassword: options.password },
    async parseFile({ path, bytes }, source, { thread }): Promise<ParsedInput> {
      const content = await pdfContent(bytes, options, thread);
      return { documents: documentsOfPdf(content, path, source), notes: notesOfPdf(content, path) };
    },
  });
}

/** The documents of a PDF that lies at `path`. */
export function documentsOfPdf(content: PdfContent, path: string, source: SourceEntry): Document[] {
  const name =
    path
      .split("/")
      .at(-1)
      ?.replace(/\.pdf$/i, "") ?? path;
  const manual = boundedTitle(content.title || name);
  const uniqueSlug = uniqueSlugs();
  return content.sections.map((section) => {
    const title = boundedTitle(
      section.heading || (content.sections.length === 1 ? manual : `${manual}, ${pagesOf(section)}`),
    );
    const anchor = section.heading === "" ? `pages-${section.firstPage}-${section.lastPage}` : slug(section.heading);
    return {
      sourceUrl: `pdf://${path}#${uniqueSlug(anchor)}`,
      title,
      docType: TYPE_RULES.find(({ pattern }) => pattern.test(title))?.docType ?? "concept",
      content: section.text,
      generations: generationsOfManual(section.text, source.generationTag),
      contextHeader: contextHeader([manual, ...section.above], title),
      deprecated: false,
      displayUrl: "",
      metadata: {
        file: path,
        first_page: String(section.firstPage),
        last_page: String(section.lastPage),
        ...labelled(section, content.labels),
      },
    };
  });
}

function pagesOf({ firstPage, lastPage }: PdfSection): string {
  return firstPage === lastPage ? `page ${firstPage}` : `pages ${firstPage} to ${lastPage}`;
}

/** What is printed on the pages, where that is not their number: `pages: "iv-2"`. */
function labelled({ firstPage, lastPage }: PdfSection, labels: readonly string[]): { readonly pages?: string } {
  const first = labels[firstPage - 1] ?? "";
  const last = labels[lastPage - 1] ?? "";
  if (first === "" || last === "") return {};
  return { pages: (first === last ? first : `${first}-${last}`).slice(0, LABEL_CHARACTERS_MAX) };
}

/** `setup`, `setup-2` ... also beside a heading that is called `Setup 2`. */
function uniqueSlugs(): (slug: string) => string {
  const counts = new Map<string, number>();
  return (wanted) => {
    let count = (counts.get(wanted) ?? 0) + 1;
    while (count > 1 && counts.has(`${wanted}-${count}`)) count++;
    counts.set(wanted, count);
    if (count === 1) return wanted;
    counts.set(`${wanted}-${count}`, 1);
    return `${wanted}-${count}`;
  };
}

function slug(heading: string): string {
  const words = heading
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  return words.slice(0, SLUG_CHARACTERS_MAX) || "section";
}
