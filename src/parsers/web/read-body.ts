import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync } from "node:zlib";
import { IngestError, messageOf } from "../../flow/errors.ts";

/** How a body may be packed, for the `Accept-Encoding` header. */
export const PACKINGS = "gzip, br";

/**
 * The body of an answer, read and unpacked no further than `most` bytes. Unpacked here and not by `fetch`, which inflates
 * the whole of a bomb before it hands over the first byte (Bun 1.4.5). Throws an `IngestError`.
 */
export async function readBody(response: Response, most: number, heard: () => void): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  if (response.body === null || most === 0) return new Uint8Array();
  if (Number(response.headers.get("content-length") ?? 0) > most) throw tooLarge(most);
  for await (const part of response.body) {
    heard();
    length += part.length;
    if (length > most) throw tooLarge(most);
    parts.push(part);
  }
  return unpacked(Buffer.concat(parts, length), response.headers.get("content-encoding") ?? "", most);
}

function unpacked(bytes: Buffer, packing: string, most: number): Uint8Array {
  // Some servers call an empty body packed.
  if (bytes.length === 0) return bytes;
  const limit = { maxOutputLength: most };
  try {
    switch (packing.trim().toLowerCase()) {
      case "":
      case "identity":
        return bytes;
      case "gzip":
      case "x-gzip":
        return gunzipSync(bytes, limit);
      case "br":
        return brotliDecompressSync(bytes, limit);
      case "deflate":
        // By the letter with a header, which many a server leaves out: its first byte tells.
        return ((bytes[0] ?? 0) & 0x0f) === 8 ? inflateSync(bytes, limit) : inflateRawSync(bytes, limit);
    }
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(most);
    const message = `it is packed in a damaged way: ${messageOf(error)}`;
    throw new IngestError(message, { decision: "retry", code: "unreadable", cause: error });
  }
  throw new IngestError(`packed as ${packing}, which cannot be unpacked here`, {
    decision: "skip",
    code: "unreadable",
  });
}

function tooLarge(most: number): IngestError {
  return new IngestError(`too large: more than ${(most / 1_048_576).toFixed(1)} MB`, {
    decision: "skip",
    code: "unreadable",
  });
}
