const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const MACHINES = new Map([
  [62, "x64"],
  [183, "arm64"],
]);
const PROGRAM_INTERPRETER = 3;

/** For what machine a Linux executable is: `x64`, the loader that it asks for, and how long the whole of it is. */
export type Elf = { readonly cpu: string; readonly interpreter: string; readonly size: number };

/** Reads the head of a 64-bit executable; throws where it is none. */
export function readElf(file: Buffer): Elf {
  if (file.toString("latin1", 0, 4) !== "\x7fELF") throw new Error("no ELF file");
  if (file[4] !== CLASS_64 || file[5] !== LITTLE_ENDIAN) throw new Error("not of 64 bits, little endian");
  const machine = file.readUInt16LE(18);
  const headers = Number(file.readBigUInt64LE(32));
  const [size, count] = [file.readUInt16LE(54), file.readUInt16LE(56)];
  const at = Array.from({ length: count }, (_, index) => headers + index * size).find(
    (header) => file.readUInt32LE(header) === PROGRAM_INTERPRETER,
  );
  if (at === undefined) throw new Error("no loader is named");
  const [start, length] = [Number(file.readBigUInt64LE(at + 8)), Number(file.readBigUInt64LE(at + 32))];
  return {
    cpu: MACHINES.get(machine) ?? `machine ${machine}`,
    interpreter: file.toString("latin1", start, start + length - 1),
    // What Bun has put in stands before the headers of sections, which are the last.
    size: Number(file.readBigUInt64LE(40)) + file.readUInt16LE(58) * file.readUInt16LE(60),
  };
}
