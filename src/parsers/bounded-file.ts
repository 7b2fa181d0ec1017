import { statSync } from "node:fs";
import { decodeText } from "./decode-text.ts";
import { systemReason } from "../flow/system-reason.ts";
import { pointerIn } from "./unfinished-checkout.ts";

/** Why a file that documents of other files are shaped by cannot be had; `isForNow`: it may be had another time. */
type NoFile = { readonly problem: string; readonly isForNow: boolean };
type FileText = { readonly text: string } | NoFile;

/** The text of a file that is not larger than a document may be. */
export async function boundedFileText(absolute: string, bytesMax: number): Promise<FileText> {
  const read = await boundedFile(absolute, bytesMax);
  return "problem" in read ? read : { text: decodeText(read.bytes) };
}

/** Reads a file that is not larger than a document may be. */
export async function boundedFile(
  absolute: string,
  bytesMax: number,
): Promise<{ readonly bytes: Uint8Array } | NoFile> {
  try {
    // Asked without waiting: to wait costs more than to read, and a project has many files.
    const status = statSync(absolute);
    const { size } = status;
    // A device may go on for ever.
    if (!status.isFile()) return { problem: "not a regular file", isForNow: false };
    if (size > bytesMax) return { problem: `too large: ${size} bytes, and ${bytesMax} are allowed`, isForNow: false };
    const bytes = await Bun.file(absolute).bytes();
    const pointer = pointerIn(bytes);
    return pointer === undefined ? { bytes } : { problem: pointer, isForNow: true };
  } catch (error) {
    return { problem: `cannot be read: ${systemReason(error)}`, isForNow: true };
  }
}
