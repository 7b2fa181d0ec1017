const UTF8 = new TextDecoder("utf-8", { fatal: true });
const UTF16_LE = new TextDecoder("utf-16le");
const UTF16_BE = new TextDecoder("utf-16be");
const CP1252 = new TextDecoder("windows-1252");

const HEAD_BYTES = 8192;
const CONTROLS_SHARE_MAX = 0.02;

/**
 * The text of a file: UTF-8, UTF-16 when it says so with a byte order mark, and cp1252 where neither fits.
 * Line ends become LF, NULs go (PostgreSQL refuses them), lone surrogates become U+FFFD.
 */
export function decodeText(bytes: Uint8Array): string {
  const text = decode(bytes);
  const lines = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  return (lines.includes("\0") ? lines.replaceAll("\0", "") : lines).toWellFormed();
}

/**
 * Whether a file is no text, by its beginning: full of control characters. NULs count when they are asked for, since text in
 * UTF-16 has many; where it says so with a byte order mark, nothing counts.
 */
export function isBinary(bytes: Uint8Array, { withNuls = false } = {}): boolean {
  const head = bytes.subarray(0, HEAD_BYTES);
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  if (isUtf16) return false;
  const controls = head.reduce((sum, byte) => sum + (isControl(byte) && (withNuls || byte !== 0) ? 1 : 0), 0);
  return controls > head.length * CONTROLS_SHARE_MAX;
}

/** Not those of text: tab, line ends, form feed, end of file (CP/M), escape. */
function isControl(byte: number): boolean {
  return byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 26 && byte !== 27;
}

function decode(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return UTF16_LE.decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return UTF16_BE.decode(bytes);
  try {
    return UTF8.decode(bytes);
  } catch {
    return CP1252.decode(bytes);
  }
}
