import { contextHeader } from "../../enrich/context-header.ts";
import { generationOfTag } from "../../enrich/generations.ts";
import type { ParseContext, ParsedInput, SourceEntry } from "../parser.ts";
import { documentsOfPdf, PDF_VERSION } from "../pdf/pdf.ts";
import { notesOfPdf } from "../pdf/pdf-notes.ts";
import { type PdfOptions, PdfPool } from "../pdf/pdf-pool.ts";
import type { Page } from "./page-fetcher.ts";

/** PDFs among the pages of a site: read as files are, with the site's addresses. */
export class PdfPages {
  readonly #pool: PdfPool;
  readonly #source: SourceEntry;
  readonly #signal: AbortSignal;
  readonly #options: PdfOptions & { readonly section: string };

  /** `section` is what their context headers begin with. */
  constructor(options: PdfOptions & { readonly section: string }, source: SourceEntry, context: ParseContext) {
    this.#pool = new PdfPool(1, context.startWorker, options);
    this.#source = source;
    this.#signal = context.signal;
    this.#options = options;
  }

  /** What shapes the documents beside the bytes. */
  get shaping(): readonly unknown[] {
    const { section, password = "" } = this.#options;
    return [PDF_VERSION, section, this.#source.generationTag, password];
  }

  async parse(page: Page): Promise<ParsedInput> {
    this.#signal.throwIfAborted();
    const content = await this.#pool.read(page.bytes, this.#signal);
    const name = fileName(page.url);
    const documents = documentsOfPdf(content, name, this.#source).map((document) => ({
      ...document,
      // The anchor holds letters, digits and dashes only.
      sourceUrl: page.url + document.sourceUrl.slice(document.sourceUrl.lastIndexOf("#")),
      docType: "article",
      generations: [generationOfTag(this.#source.generationTag)],
      contextHeader: contextHeader([this.#options.section], document.contextHeader),
      displayUrl: page.url,
    }));
    return { documents, notes: notesOfPdf(content, page.url) };
  }

  [Symbol.dispose](): void {
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
