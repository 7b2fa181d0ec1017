import { deflateRawSync } from "node:zlib";

/** A file of an archive. */
export type Member = { readonly name: string; readonly mode: number; readonly bytes: Uint8Array };

/** All members are of one moment, so that the same files make the same archive: the first one that a .zip can tell. */
const MOMENT = Date.UTC(1980, 0, 1) / 1000;
const GZIP_LEVEL = 9;

const BLOCK = 512;

/** A .tar.gz as every tar reads it (ustar), of the members in their order. */
export function tarGz(members: readonly Member[]): Uint8Array {
  const blocks = members.flatMap(({ name, mode, bytes }) => [
    tarHeader(name, mode, bytes.length),
    bytes,
    new Uint8Array((BLOCK - (bytes.length % BLOCK)) % BLOCK),
  ]);
  return Bun.gzipSync(Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]), { level: GZIP_LEVEL });
}

function tarHeader(name: string, mode: number, size: number): Uint8Array {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  if (Buffer.byteLength(name) > 100) throw new RangeError(`${name} is too long a name for a .tar`);
  header.write(name, 0);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(MOMENT, 11), 136);
  // The sum is made as if blanks stood in its place.
  header.write(" ".repeat(8), 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)} `, 148);
  return header;
}

/** 1980-01-01 in the format of MS-DOS: year 0, month 1, day 1. */
const ZIP_DATE = (1 << 5) | 1;
const ZIP_VERSION = 20;
const ZIP_MADE_ON_UNIX = 3 << 8;
const ZIP_DEFLATED = 8;
const REGULAR_FILE = 0o100000;

/** A .zip of the members in their order. */
export function zip(members: readonly Member[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, mode, bytes } of members) {
    const packed = deflateRawSync(bytes, { level: GZIP_LEVEL });
    const common = fields(
      [ZIP_VERSION, 2],
      [0, 2],
      [ZIP_DEFLATED, 2],
      [0, 2],
      [ZIP_DATE, 2],
      [Bun.hash.crc32(bytes), 4],
      [packed.length, 4],
      [bytes.length, 4],
      [Buffer.byteLength(name), 2],
      [0, 2],
    );
    const head = Buffer.concat([fields([0x04034b50, 4]), common, Buffer.from(name)]);
    directory.push(
      fields([0x02014b50, 4], [ZIP_VERSION | ZIP_MADE_ON_UNIX, 2]),
      common,
      fields([0, 2], [0, 2], [0, 2], [(REGULAR_FILE | mode) * 0x10000, 4], [offset, 4]),
      Buffer.from(name),
    );
    parts.push(head, packed);
    offset += head.length + packed.length;
  }
  const index = Buffer.concat(directory);
  const count = members.length;
  const end = fields([0x06054b50, 4], [0, 2], [0, 2], [count, 2], [count, 2], [index.length, 4], [offset, 4], [0, 2]);
  return Buffer.concat([...parts, index, end]);
}

/** Numbers in little endian, each with its bytes. */
function fields(...numbers: readonly (readonly [value: number, bytes: number])[]): Buffer {
  const buffer = Buffer.alloc(numbers.reduce((total, [, bytes]) => total + bytes, 0));
  let at = 0;
  for (const [value, bytes] of numbers) at = buffer.writeUIntLE(value, at, bytes);
  return buffer;
}
