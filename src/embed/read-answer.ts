import { systemCode } from "../flow/system-reason.ts";
import { badAnswer } from "./verify.ts";

/** How an answer may be packed, by its `Content-Encoding`. */
const PACKINGS: Readonly<Record<string, Bun.CompressionFormat>> = {
  ...{ gzip: "gzip", "x-gzip": "gzip", deflate: "deflate", br: "brotli", zstd: "zstd" },
};

/** An answer's text; `cut`: it went on. */
export type AnswerText = { readonly text: string; readonly cut: boolean };

/**
 * Reads an answer that was fetched packed (`decompress: false`), no further than `bytesMax`: `fetch` itself would inflate
 * the whole of a bomb first (Bun 1.4.5). Read to its end, the connection serves the next request; cut, it is closed.
 */
export async function readAnswer(response: Response, bytesMax: number, label: string): Promise<AnswerText> {
  try {
    return await read(response, bytesMax);
  } catch (error) {
    // Errors of the network have a code.
    if (!(error instanceof TypeError) || systemCode(error) !== undefined) throw error;
    throw badAnswer(label, `what cannot be unpacked (${response.headers.get("content-encoding")?.slice(0, 20) ?? ""})`);
  }
}

async function read(response: Response, bytesMax: number): Promise<AnswerText> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const part of unpacked(response)) {
    const room = bytesMax - bytes;
    bytes += part.length;
    text += decoder.decode(part.subarray(0, room), { stream: true });
    if (part.length > room) return { text, cut: true };
  }
  return { text: text + decoder.decode(), cut: false };
}

function unpacked(response: Response): ReadableStream<Uint8Array<ArrayBuffer>> {
  const body = response.body ?? new Blob([]).stream();
  const packing = (response.headers.get("content-encoding") ?? "").trim().toLowerCase();
  const format = PACKINGS[packing];
  return format === undefined ? body : body.pipeThrough(new DecompressionStream(format));
}
