import { IngestError } from "../../flow/errors.ts";
import type { JobThread, TimeLimit } from "../parser.ts";
import type { PdfContent } from "./pdf-content.ts";

/** How PDFs are read, whoever finds them. */
export type PdfOptions = { readonly timeoutMs: number; readonly password: string | undefined };

/** How long reading one may take. */
export function timeLimitOf({ timeoutMs: ms }: PdfOptions): TimeLimit {
  return { ms, setting: "pdf_timeout" };
}

/** Reads a PDF in this thread, whose bytes are gone then. Throws an `IngestError` (`skip`) that says why it cannot be read. */
export async function pdfContent(bytes: Uint8Array, { password }: PdfOptions, thread: JobThread): Promise<PdfContent> {
  // Loaded where a PDF is read: it takes its time and 10 MB.
  const { readPdf } = await import("./read-pdf.ts");
  try {
    const content = await readPdf(bytes, password);
    // pdfjs may go on with a page that was given up, for as long as it likes.
    if (content.problems.length > 0) thread.spend();
    return content;
  } catch (error) {
    thread.spend();
    throw refusal(error, password !== undefined);
  }
}

function refusal(error: unknown, hadPassword: boolean): IngestError {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  if (name === "PasswordException") {
    if (hadPassword) return failure("is password-protected, and pdf_password of its source does not open it");
    return failure("is password-protected; pdf_password in its entry of sources.toml opens it");
  }
  if (name === "InvalidPDFException") return failure(`is damaged or no PDF: ${message}`);
  return failure(`cannot be read: ${message}`);
}

function failure(reason: string): IngestError {
  return new IngestError(reason, { decision: "skip", code: "unreadable" });
}
