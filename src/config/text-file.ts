import { lstatSync, readFileSync, statSync } from "node:fs";
import { IngestError, usageError } from "../flow/errors.ts";
import { isMissing, systemReason } from "../flow/system-reason.ts";

/**
 * The text of a file that the user keeps, which messages call `label`; without a byte order mark. Undefined when there is
 * no such file. Throws a usage error when it cannot be read, is not UTF-8, or has more than `bytesMax`.
 */
export function readTextFile(path: string, label: string, { bytesMax = Infinity } = {}): string | undefined {
  let bytes: Uint8Array;
  try {
    if (statSync(path).size > bytesMax) throw usageError(`${label} has more than ${bytesMax / 1_000_000} MB`);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof IngestError) throw error;
    if (!isMissing(error)) throw usageError(`${label} cannot be read: ${systemReason(error)}`);
    // Somebody meant this to be read: running without it would do something else.
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) {
      throw usageError(`${label} cannot be read: it is a link that leads nowhere`);
    }
    return undefined;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw usageError(`${label} is not UTF-8 text`, "save it as UTF-8");
  }
}
