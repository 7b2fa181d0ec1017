import { open } from "node:fs/promises";
import { usageError } from "../../flow/errors.ts";
import { systemCode, systemReason } from "../../flow/system-reason.ts";

const MODE_OF_NEW_FILES = 0o666;
const MODE_OF_SECRETS = 0o600;

/**
 * Writes a file that is not there yet, which messages call `label`; false when it is, whatever it is: then it is left as it is.
 * `secret`: nobody else may read it. Throws a usage error when it cannot be written.
 */
export async function writeNew(path: string, label: string, text: string, { secret = false } = {}): Promise<boolean> {
  try {
    // "wx" takes no name that is there, a link that leads nowhere among them.
    const file = await open(path, "wx", secret ? MODE_OF_SECRETS : MODE_OF_NEW_FILES);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    const hint = "go to a folder that you can write to, and name that of the documents: init DIR";
    throw usageError(`${label} cannot be written: ${systemReason(error)}`, hint);
  }
}
