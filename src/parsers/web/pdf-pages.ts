import type { SourceEntry } from "../parser.ts";
import { contextHeader } from "../../enrich/context-header.ts";
import { generationOfTag } from "../../enrich/generations.ts";
import type { ParseContext, ParsedInput } from "../parser.ts";
import { documentsOfPdf, notesOfPdf, PDF_VERSION } from "../pdf/pdf.ts";
import { type ParseWorker, PdfPool } from "../pdf/pdf-pool.ts";
import type { Page } from "./page-fetcher.ts";

/** PDFs among the pages of a site: read as files are, with the site's addresses. */
export class PdfPages {
  readonly #pool: PdfPool;
  readonly #source: SourceEntry;
  readonly #context: ParseContext;
  readonly #section: string;

  constructor(startWorker: () => ParseWorker, source: SourceEntry, context: ParseContext, section: string) {
    this.#pool = new PdfPool(1, startWorker);
    this.#source = source;
    this.#context = context;
    this.#section = section;
  }

  /** What shapes the documents beside the bytes. */
  get shaping(): readonly unknown[] {
    const { generationTag, pdfPassword } = this.#source;
    return [PDF_VERSION, this.#section, generationTag, pdfPassword ?? ""];
  }

  async parse(page: Page): Promise<ParsedInput> {
    const { pdfTimeoutMs, signal } = this.#context;
    signal.throwIfAborted();
    const content = await this.#pool.read(page.bytes, this.#source.pdfPassword, pdfTimeoutMs, signal);
    const name = fileName(page.url);
    const documents = documentsOfPdf(content, name, this.#source).map((document) => ({
      ...document,
      // The anchor holds letters, digits and dashes only.
      sourceUrl: page.url + document.sourceUrl.slice(document.sourceUrl.lastIndexOf("#")),
      docType: "article",
      generations: [generationOfTag(this.#source.generationTag)],
      contextHeader: contextHeader([this.#section], document.contextHeader),
      displayUrl: page.url,
    }));
    return { documents, notes: notesOfPdf(content, page.url) };
  }

  close(): void {
    this.#pool.close();
  }
}

function fileName(url: string): string {
  const part = new URL(url).pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
