import { contextHeader } from "../../enrich/context-header.ts";
import { generationOfTag } from "../../enrich/generations.ts";
import type { Job, JobThread, ParsedInput, SourceEntry } from "../parser.ts";
import { documentsOfPdf, PDF_VERSION } from "../pdf/pdf.ts";
import { pdfContent, type PdfOptions, timeLimitOf } from "../pdf/pdf-job.ts";
import { notesOfPdf } from "../pdf/pdf-notes.ts";
import type { Page } from "./page-fetcher.ts";

/** How PDFs among the pages of a site are read; `section` is what their context headers begin with. */
export type PdfPages = PdfOptions & { readonly section: string };

/** Such a PDF. */
export type PdfPageJob = Job & { readonly data: Pick<Page, "url" | "bytes"> };

/** What is left to do of one. */
export function pdfPageJob({ url, bytes }: Page, pdfs: PdfPages): PdfPageJob {
  return { data: { url, bytes }, timeLimit: timeLimitOf(pdfs) };
}

/** What shapes the documents beside the bytes. */
export function shapingOf({ section, password = "" }: PdfPages, { generationTag }: SourceEntry): readonly unknown[] {
  return [PDF_VERSION, section, generationTag, password];
}

/** What becomes of a PDF: it is read as files are, with the site's address. */
export async function parsePdfPage(
  { url, bytes }: PdfPageJob["data"],
  pdfs: PdfPages,
  source: SourceEntry,
  thread: JobThread,
): Promise<ParsedInput> {
  const content = await pdfContent(bytes, pdfs, thread);
  const documents = documentsOfPdf(content, fileName(url), source).map((document) => ({
    ...document,
    // The anchor holds letters, digits and dashes only.
    sourceUrl: url + document.sourceUrl.slice(document.sourceUrl.lastIndexOf("#")),
    docType: "article",
    generations: [generationOfTag(source.generationTag)],
    contextHeader: contextHeader([pdfs.section], document.contextHeader),
    displayUrl: url,
  }));
  return { documents, notes: notesOfPdf(content, url) };
}

function fileName(url: string): string {
  const part = new URL(url).pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
