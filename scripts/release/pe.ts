const MACHINES = new Map([
  [0x8664, "x64"],
  [0xaa64, "arm64"],
]);
const FILE_HEADER = 4;
const OPTIONAL_HEADER = 24;
const PE32_PLUS = 0x20b;
/** Within the optional header. */
const CHECKSUM = 64;
const SUBSYSTEM = 68;
const DIRECTORIES = 112;
const RESOURCES = DIRECTORIES + 2 * 8;
const CERTIFICATES = DIRECTORIES + 4 * 8;
const SUBSYSTEMS = new Map([
  [2, "window"],
  [3, "console"],
]);

const SECTION_BYTES = 40;
const HIGH_BIT = 0x80000000;
/** Kinds of resources. */
const [ICON, ICON_GROUP, VERSION] = [3, 14, 16];

/** A Windows executable of 64 bits. */
export type Pe = {
  readonly cpu: string;
  readonly subsystem: string;
  readonly isSigned: boolean;
  /** How long the whole of it is: where its last section ends. */
  readonly size: number;
  readonly kinds: readonly number[];
  /** What Explorer shows, in the order in which it stands there. */
  readonly version: readonly (readonly [name: string, value: string])[];
};

/** Reads the head and the version resource; throws where there is none. */
export function readPe(file: Buffer): Pe {
  const { pe, optional, sections, resources } = headersOf(file);
  const data = versionData(file, resources);
  return {
    cpu: MACHINES.get(file.readUInt16LE(pe + FILE_HEADER)) ?? "another machine",
    subsystem: SUBSYSTEMS.get(file.readUInt16LE(optional + SUBSYSTEM)) ?? "another subsystem",
    isSigned: file.readUInt32LE(optional + CERTIFICATES) !== 0,
    size: Math.max(...sections.map((at) => file.readUInt32LE(at + 20) + file.readUInt32LE(at + 16))),
    kinds: entriesOf(file, resources.start).map(({ id }) => id),
    version: readStrings(file.subarray(data.start, data.start + data.size)),
  };
}

/**
 * Names our program where Bun's executable names Bun, and takes Bun's icon away. Bun's bundler does that itself, but on
 * Windows only (Bun 1.4.5). The version is the last resource there, with room behind it; throws where it is not.
 */
export function withVersion(file: Buffer, version: string, strings: Readonly<Record<string, string>>): Buffer {
  const made = Buffer.from(file);
  const { optional, resources } = headersOf(made);
  const data = versionData(made, resources);
  const block = versionBlock(version, strings);
  const isLast = data.start + data.size === resources.start + resources.size;
  if (!isLast || data.start + block.length > resources.start + resources.room)
    throw new Error(`no room for a version resource of ${block.length} bytes`);
  made.fill(0, data.start, data.start + data.size);
  block.copy(made, data.start);
  made.writeUInt32LE(block.length, data.entry + 4);
  const size = data.start + block.length - resources.start;
  made.writeUInt32LE(size, optional + RESOURCES + 4);
  made.writeUInt32LE(size, resources.section + 8);
  // Only drivers are asked for it; 0 says that there is none.
  made.writeUInt32LE(0, optional + CHECKSUM);
  removeKinds(made, resources.start, [ICON, ICON_GROUP]);
  return made;
}

function headersOf(file: Buffer) {
  const pe = file.readUInt32LE(0x3c);
  if (file.toString("latin1", 0, 2) !== "MZ" || file.readUInt32LE(pe) !== 0x4550) throw new Error("no PE file");
  const optional = pe + OPTIONAL_HEADER;
  if (file.readUInt16LE(optional) !== PE32_PLUS) throw new Error("not of 64 bits");
  const first = optional + file.readUInt16LE(pe + FILE_HEADER + 16);
  const sections = Array.from(
    { length: file.readUInt16LE(pe + FILE_HEADER + 2) },
    (_, index) => first + index * SECTION_BYTES,
  );
  const address = file.readUInt32LE(optional + RESOURCES);
  const section = sections.find((at) => file.readUInt32LE(at + 12) === address);
  if (address === 0 || section === undefined) throw new Error("no section of resources");
  const start = file.readUInt32LE(section + 20);
  const [size, room] = [file.readUInt32LE(section + 8), file.readUInt32LE(section + 16)];
  return { pe, optional, sections, resources: { section, address, start, size, room } };
}

/** Of a directory of resources: what is below each name. */
function entriesOf(file: Buffer, directory: number): { readonly id: number; readonly below: number }[] {
  const count = file.readUInt16LE(directory + 12) + file.readUInt16LE(directory + 14);
  return Array.from({ length: count }, (_, index) => ({
    id: file.readUInt32LE(directory + 16 + index * 8),
    below: file.readUInt32LE(directory + 20 + index * 8),
  }));
}

function versionData(file: Buffer, resources: { readonly address: number; readonly start: number }) {
  // By kind, name and language.
  let below = entriesOf(file, resources.start).find(({ id }) => id === VERSION)?.below;
  while (below !== undefined && below >= HIGH_BIT)
    below = entriesOf(file, resources.start + below - HIGH_BIT)[0]?.below;
  if (below === undefined) throw new Error("no version resource");
  const entry = resources.start + below;
  return {
    entry,
    start: file.readUInt32LE(entry) - resources.address + resources.start,
    size: file.readUInt32LE(entry + 4),
  };
}

function removeKinds(file: Buffer, root: number, kinds: readonly number[]): void {
  const named = file.readUInt16LE(root + 12);
  const kept = entriesOf(file, root).filter(({ id }) => !kinds.includes(id));
  file.writeUInt16LE(kept.length - named, root + 14);
  kept.forEach(({ id, below }, index) => {
    file.writeUInt32LE(id, root + 16 + index * 8);
    file.writeUInt32LE(below, root + 20 + index * 8);
  });
}

/** VS_FIXEDFILEINFO: a signature, 1.0, the version twice, no flags, Windows NT, an application. */
function fixedInfo(version: string): Buffer {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map(Number);
  const numbers = [major * 0x10000 + minor, patch * 0x10000];
  const fields = [0xfeef04bd, 0x10000, ...numbers, ...numbers, 0x3f, 0, 0x40004, 1, 0, 0, 0];
  const info = Buffer.alloc(fields.length * 4);
  fields.forEach((field, index) => info.writeUInt32LE(field, index * 4));
  return info;
}

const ENGLISH = 0x409;
const UNICODE = 0x4b0;

function versionBlock(version: string, strings: Readonly<Record<string, string>>): Buffer {
  const text = (value: string) => Buffer.from(`${value}\0`, "utf16le");
  const lines = Object.entries(strings).map(([name, value]) => node(name, text(value), [], value.length + 1));
  const translation = Buffer.alloc(4);
  translation.writeUInt16LE(ENGLISH, 0);
  translation.writeUInt16LE(UNICODE, 2);
  return node("VS_VERSION_INFO", fixedInfo(version), [
    node("StringFileInfo", Buffer.alloc(0), [node("040904b0", Buffer.alloc(0), lines)]),
    node("VarFileInfo", Buffer.alloc(0), [node("Translation", translation, [])]),
  ]);
}

/** One block of a version resource: length, length of the value (in characters if it is text), kind, name, value, blocks below. */
function node(name: string, value: Buffer, below: readonly Buffer[], characters?: number): Buffer {
  const isText = characters !== undefined || (value.length === 0 && below.length > 0);
  const head = aligned(Buffer.concat([Buffer.alloc(6), Buffer.from(`${name}\0`, "utf16le")]));
  // The last one has no blanks behind it that would be counted.
  const parts = [head, value, ...below];
  const all = parts.reduce((made, part) => Buffer.concat([aligned(made), part]), Buffer.alloc(0));
  all.writeUInt16LE(all.length, 0);
  all.writeUInt16LE(characters ?? value.length, 2);
  all.writeUInt16LE(isText ? 1 : 0, 4);
  return all;
}

function aligned(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

/** The strings of the first table of a version resource. */
function readStrings(block: Buffer): Pe["version"] {
  const table = nodesIn(block).find(({ name }) => name === "StringFileInfo")?.block;
  const first = table && nodesIn(table)[0]?.block;
  return (first ? nodesIn(first) : []).map(({ name, block: line }) => [name, valueOf(line)]);
}

function nameOf(block: Buffer): string {
  return block.toString("utf16le", 6).split("\0", 1)[0] ?? "";
}

/** Where a block's value stands. */
function valueAt(block: Buffer): number {
  return Math.ceil((6 + (nameOf(block).length + 1) * 2) / 4) * 4;
}

function valueOf(block: Buffer): string {
  return block.toString("utf16le", valueAt(block)).replace(/\0+$/, "");
}

function nodesIn(block: Buffer): { readonly name: string; readonly block: Buffer }[] {
  const nodes: { readonly name: string; readonly block: Buffer }[] = [];
  const isText = block.readUInt16LE(4) === 1;
  let at = valueAt(block) + (isText ? 0 : Math.ceil(block.readUInt16LE(2) / 4) * 4);
  while (at + 6 < block.length) {
    const length = block.readUInt16LE(at);
    if (length === 0) break;
    const below = block.subarray(at, at + length);
    nodes.push({ name: nameOf(below), block: below });
    at = Math.ceil((at + length) / 4) * 4;
  }
  return nodes;
}
