import { readElf } from "./elf.ts";
import { readMachO } from "./mach-o.ts";
import { readPe } from "./pe.ts";
import type { Platform } from "./platforms.ts";

const LOADERS = {
  "x64 glibc": "/lib64/ld-linux-x86-64.so.2",
  "x64 musl": "/lib/ld-musl-x86_64.so.1",
  "arm64 glibc": "/lib/ld-linux-aarch64.so.1",
  "arm64 musl": "/lib/ld-musl-aarch64.so.1",
};

/** What keeps an executable from being one for this platform; `[]` if nothing does. */
export function wrongIn(file: Buffer, { os, cpu, libc = "glibc" }: Platform, program: string): string[] {
  const unless = (found: string, wanted: string, what: string) =>
    found === wanted ? [] : [`its ${what} is ${found} instead of ${wanted}`];
  const unlessWhole = (size: number) =>
    size === file.length ? [] : [`it has ${file.length} bytes instead of ${size}`];
  // Where Bun has the modules of what it compiles.
  const lacking = file.includes(`root/${program}\0`) ? [] : [`it is a runtime without ${program}`];
  try {
    switch (os) {
      case "linux": {
        const elf = readElf(file);
        return [
          ...lacking,
          ...unless(elf.cpu, cpu, "processor"),
          ...unless(elf.interpreter, LOADERS[`${cpu} ${libc}`], "loader"),
          ...unlessWhole(elf.size),
        ];
      }
      case "darwin": {
        const machO = readMachO(file);
        return [
          ...lacking,
          ...unless(machO.cpu, cpu, "processor"),
          ...machO.badPages.map((page) => `page ${page} of ${machO.pages} is not the one that was signed`),
        ];
      }
      case "win32": {
        const pe = readPe(file);
        return [
          ...lacking,
          ...unless(pe.cpu, cpu, "processor"),
          ...unless(pe.subsystem, "console", "subsystem"),
          ...unless(new Map(pe.version).get("ProductName") ?? "none", program, "product name"),
          ...unlessWhole(pe.size),
          ...(pe.isSigned ? ["it has a signature, which another file was given"] : []),
        ];
      }
    }
  } catch (error) {
    return [`it cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}
