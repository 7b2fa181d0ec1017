import type { PdfReply, PdfRequest } from "./parsers/pdf/pdf-pool.ts";

declare const self: Worker;

// Set before anything is awaited: messages posted meanwhile would be lost.
self.onmessage = async ({ data }: MessageEvent<PdfRequest>) => {
  const reply = await answer(data);
  self.postMessage(reply);
};

async function answer({ bytes, password }: PdfRequest): Promise<PdfReply> {
  try {
    const { readPdf } = await import("./parsers/pdf/read-pdf.ts");
    return { ok: true, content: await readPdf(bytes, password) };
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    return { ok: false, name, message: error instanceof Error ? error.message : String(error) };
  }
}
