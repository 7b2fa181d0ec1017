// That of `node:util` takes any label; it is the same class.
import { TextDecoder } from "node:util";
import { decodeText } from "../decode-text.ts";

/** How far into a page browsers look for its encoding. */
const PRESCAN_BYTES_MAX = 4_096;
const UTF8 = new TextDecoder("utf-8", { fatal: true });
const LENIENT_UTF8 = new TextDecoder("utf-8");

/**
 * The text of a page: by its byte order mark, else UTF-8 where its bytes say so beyond doubt, whatever the server claims,
 * else by the header, the page's own `meta`, or cp1252.
 */
export function decodePage(bytes: Uint8Array, contentType: string): string {
  const hasMark = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (hasMark || isUtf8WithMore(bytes)) return decodeText(bytes);
  const label = charsetOf(contentType) ?? charsetInside(bytes);
  const decoder = label === undefined ? undefined : decoderFor(label);
  if (decoder === undefined) return decodeText(bytes);
  if (decoder.encoding === "utf-8") return mostlyUtf8(bytes);
  // Through the shared rules for line ends and characters that no database takes.
  return decodeText(new TextEncoder().encode(decoder.decode(bytes)));
}

/** Valid, and with characters that hardly any other encoding writes like this. */
function isUtf8WithMore(bytes: Uint8Array): boolean {
  if (!bytes.some((byte) => byte >= 0x80)) return false;
  try {
    UTF8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** What is declared as UTF-8 and is not: a few broken characters in it, or another encoding altogether. */
function mostlyUtf8(bytes: Uint8Array): string {
  const text = LENIENT_UTF8.decode(bytes);
  const broken = (text.match(/\ufffd/g) ?? []).length;
  const whole = (text.match(/[^\0-\x7f\ufffd]/g) ?? []).length;
  return broken <= whole ? decodeText(new TextEncoder().encode(text)) : decodeText(bytes);
}

function charsetInside(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, PRESCAN_BYTES_MAX)).toString("latin1");
  const meta = /<meta\b[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(head)?.[1];
  return meta ?? /^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)/i.exec(head)?.[1];
}

function charsetOf(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*["']?\s*([\w.:-]+)/i.exec(contentType)?.[1];
}

function decoderFor(label: string): { readonly encoding: string; decode(bytes: Uint8Array): string } | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}
