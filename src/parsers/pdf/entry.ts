import { z } from "zod";
import { about, number } from "../../options/option.ts";
import { defineParser } from "../define-parser.ts";
import { linkKeys } from "../follow-links.ts";
import type { PdfOptions } from "./pdf-job.ts";

const DAY_SECONDS = 86_400;

/** Settings of every parser that meets PDFs. */
export const pdfSettings = {
  pdf_timeout: number(0.1, DAY_SECONDS).default(60).register(about, { help: "seconds for one PDF" }),
};
export const pdfKeys = {
  pdf_password: z
    .string({ error: "a text" })
    .optional()
    .register(about, { help: "opens protected PDFs", secret: true }),
};

export const pdf = defineParser({
  name: "pdf",
  summary: "PDF manuals",
  document: "a section of level 1 to 3, or pages",
  sourceType: "PDF Manual",
  settings: pdfSettings,
  sourceKeys: { ...linkKeys, ...pdfKeys },
  load: async (settings, keys) => (await import("./pdf.ts")).pdfParser(pdfOptions(settings, keys)),
});

/** The settings and keys in the program's words and units. */
export function pdfOptions(
  { pdf_timeout: seconds }: { readonly pdf_timeout: number },
  { pdf_password: password }: { readonly pdf_password?: string | undefined },
): PdfOptions {
  return { timeoutMs: Math.round(seconds * 1_000), password };
}
