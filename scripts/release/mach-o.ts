const MAGIC_64 = 0xfeedfacf;
const EXECUTABLE = 2;
const CPUS = new Map([
  [0x01000007, "x64"],
  [0x0100000c, "arm64"],
]);
const HEADER_BYTES = 32;
const SEGMENT = 0x19;
const CODE_SIGNATURE = 0x1d;

/** The parts of a signature are big endian, whatever the machine is. */
const SIGNATURE = 0xfade0cc0;
const SIGNATURE_HEAD_BYTES = 20;
const CODE_DIRECTORY = 0xfade0c02;
const DIRECTORY_HEAD_BYTES = 88;
/** The first one that tells where the executable part is. */
const DIRECTORY_VERSION = 0x20400;
const MADE_BY_A_LINKER_FOR_NOBODY = 0x20002;
const MAIN_EXECUTABLE = 1;
const SHA_256 = 2;
const HASH_BYTES = 32;
const PAGE_BITS = 12;
/** Of the memory of a segment, for both processors. */
const MEMORY_PAGE = 0x4000n;

/** For what machine a macOS executable is, and the pages whose hash in its signature is another one. */
export type MachO = { readonly cpu: string; readonly pages: number; readonly badPages: readonly number[] };

/** Reads a 64-bit executable and its signature, which macOS on Apple silicon asks for; throws where one of them is none. */
export function readMachO(file: Buffer): MachO {
  const { cpu, signatureAt } = commandsOf(file);
  const start = file.readUInt32LE(signatureAt + 8);
  const end = start + file.readUInt32LE(signatureAt + 12);
  if (end !== file.length) throw new Error(`the signature ends at ${end}, the file at ${file.length}`);
  return { cpu, ...readPages(file, start) };
}

/**
 * The file with a signature that says only that it is whole, as linkers make them. Bun leaves its own signature on what
 * it compiles for macOS on x64, which then covers another file (Bun 1.4.5); for arm64 it makes the same one as this.
 */
export function signed(file: Buffer, identifier: string): Buffer {
  const { signatureAt, segments } = commandsOf(file);
  const text = segments.get("__TEXT");
  const last = segments.get("__LINKEDIT");
  if (text === undefined || last === undefined) throw new Error("not linked as executables are");
  const limit = file.readUInt32LE(signatureAt + 8);
  const name = Buffer.from(`${identifier}\0`);
  const pages = Math.ceil(limit / 2 ** PAGE_BITS);
  const hashes = DIRECTORY_HEAD_BYTES + name.length;
  const size = SIGNATURE_HEAD_BYTES + hashes + pages * HASH_BYTES;

  const made = Buffer.alloc(limit + size);
  file.copy(made, 0, 0, limit);
  made.writeUInt32LE(size, signatureAt + 12);
  const ofLast = BigInt(made.length) - file.readBigUInt64LE(last + 40);
  made.writeBigUInt64LE(((ofLast + MEMORY_PAGE - 1n) / MEMORY_PAGE) * MEMORY_PAGE, last + 32);
  made.writeBigUInt64LE(ofLast, last + 48);

  const directory = made.subarray(limit + SIGNATURE_HEAD_BYTES);
  [SIGNATURE, size, 1, 0, SIGNATURE_HEAD_BYTES].forEach((field, index) => made.writeUInt32BE(field, limit + index * 4));
  const head = [CODE_DIRECTORY, directory.length, DIRECTORY_VERSION, MADE_BY_A_LINKER_FOR_NOBODY, hashes];
  [...head, DIRECTORY_HEAD_BYTES, 0, pages, limit].forEach((field, index) => directory.writeUInt32BE(field, index * 4));
  directory.set([HASH_BYTES, SHA_256, 0, PAGE_BITS], 36);
  directory.writeBigUInt64BE(file.readBigUInt64LE(text + 40), 64);
  directory.writeBigUInt64BE(file.readBigUInt64LE(text + 48), 72);
  directory.writeBigUInt64BE(BigInt(MAIN_EXECUTABLE), 80);
  name.copy(directory, DIRECTORY_HEAD_BYTES);
  for (let page = 0; page < pages; page++)
    directory.set(hashOfPage(made, page, limit, PAGE_BITS), hashes + page * HASH_BYTES);
  return made;
}

function commandsOf(file: Buffer) {
  if (file.readUInt32LE(0) !== MAGIC_64) throw new Error("no Mach-O file of 64 bits");
  if (file.readUInt32LE(12) !== EXECUTABLE) throw new Error("no executable");
  const kind = file.readUInt32LE(4);
  const segments = new Map<string, number>();
  let signatureAt: number | undefined;
  let command = HEADER_BYTES;
  for (let left = file.readUInt32LE(16); left > 0; left--) {
    const type = file.readUInt32LE(command);
    if (type === CODE_SIGNATURE) signatureAt = command;
    if (type === SEGMENT) segments.set(file.toString("latin1", command + 8, command + 24).replace(/\0+$/, ""), command);
    command += file.readUInt32LE(command + 4);
  }
  if (signatureAt === undefined) throw new Error("not signed");
  return { cpu: CPUS.get(kind) ?? `CPU ${kind}`, segments, signatureAt };
}

function readPages(file: Buffer, start: number): Omit<MachO, "cpu"> {
  const signature = file.subarray(start);
  if (signature.readUInt32BE(0) !== SIGNATURE) throw new Error("no signature where one should be");
  const directoryAt = Array.from({ length: signature.readUInt32BE(8) }, (_, index) =>
    signature.readUInt32BE(16 + index * 8),
  ).find((offset) => signature.readUInt32BE(offset) === CODE_DIRECTORY);
  if (directoryAt === undefined) throw new Error("the signature has no code directory");
  const directory = signature.subarray(directoryAt);
  const [hashes, pages, limit] = [directory.readUInt32BE(16), directory.readUInt32BE(28), directory.readUInt32BE(32)];
  const [hashBytes, hashKind, pageBits] = [directory.readUInt8(36), directory.readUInt8(37), directory.readUInt8(39)];
  if (hashKind !== SHA_256) throw new Error(`hashes of kind ${hashKind} instead of SHA-256`);
  if (limit !== start) throw new Error(`the signature covers ${limit} bytes of the ${start} before it`);
  const needed = Math.ceil(limit / 2 ** pageBits);
  if (pages !== needed) throw new Error(`the signature has ${pages} pages instead of ${needed}`);
  const badPages = Array.from({ length: pages }, (_, page) => page).filter((page) => {
    const told = directory.subarray(hashes + page * hashBytes, hashes + (page + 1) * hashBytes);
    return !told.equals(hashOfPage(file, page, limit, pageBits));
  });
  return { pages, badPages };
}

function hashOfPage(file: Buffer, page: number, limit: number, pageBits: number): Buffer {
  const bytes = file.subarray(page * 2 ** pageBits, Math.min(limit, (page + 1) * 2 ** pageBits));
  return new Bun.CryptoHasher("sha256").update(bytes).digest();
}
