import { IngestError } from "../../flow/errors.ts";
import type { Page } from "./page-fetcher.ts";

/** Turning a page into text takes some four seconds for a megabyte of small elements. */
const PAGE_BYTES_MAX = 5 * 1_048_576;
const HTML_TYPES: ReadonlySet<string> = new Set(["text/html", "application/xhtml+xml", ""]);
const PDF_TYPES: ReadonlySet<string> = new Set(["application/pdf", "application/x-pdf", "application/octet-stream"]);

/** What a body may weigh, by its type and its address; 0 for what is no page. */
export function bodyBytesMax(type: string, url: string, readsPdfs: boolean, fileSizeBytesMax: number): number {
  const mayBePdf = readsPdfs && (PDF_TYPES.has(type) || isPdfByName(url));
  if (mayBePdf) return fileSizeBytesMax;
  return HTML_TYPES.has(type) ? Math.min(PAGE_BYTES_MAX, fileSizeBytesMax) : 0;
}

/** Whether it is a PDF. Readers look for the mark within the first 1,024 bytes. */
export function startsAsPdf(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 1_024)).includes("%PDF-");
}

/** Throws an `IngestError` (`skip`) that says why a body is no page of HTML. */
export function requireHtml({ url, contentType, bytes }: Page): void {
  if (bytes.length === 0) throw notAPage("the server sent an empty page");
  if (startsAsPdf(bytes)) throw notAPage("a PDF, which is not a page");
  if (isPdfByName(url)) throw notAPage(`a PDF by its name, but the server sent ${contentType}`);
  if (!HTML_TYPES.has(contentType.split(";")[0]?.trim().toLowerCase() ?? "")) {
    throw notAPage(`neither a page nor a PDF, though the server says ${contentType}`);
  }
  const head = new TextDecoder().decode(bytes.subarray(0, 1_000)).trimStart();
  if (contentType === "" && !head.startsWith("<")) throw notAPage("neither a page nor anything the server names");
}

function isPdfByName(url: string): boolean {
  return /\.pdf$/i.test(new URL(url).pathname);
}

function notAPage(message: string): IngestError {
  return new IngestError(message, { decision: "skip", code: "unreadable" });
}
