const UTF8 = new TextDecoder("utf-8", { fatal: true });
const UTF16_LE = new TextDecoder("utf-16le");
const UTF16_BE = new TextDecoder("utf-16be");
const CP1252 = new TextDecoder("windows-1252");

/**
 * The text of a file: UTF-8, UTF-16 when it says so with a byte order mark, and cp1252 where neither fits.
 * Line ends become LF, NULs go (PostgreSQL refuses them), lone surrogates become U+FFFD.
 */
export function decodeText(bytes: Uint8Array): string {
  const text = decode(bytes);
  const lines = text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
  return (lines.includes("\0") ? lines.replaceAll("\0", "") : lines).toWellFormed();
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
