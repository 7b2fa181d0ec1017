import { chmodSync, chownSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

const NOBODY = 65_534;
const root = process.getuid?.() === 0;

/** What to put before a command so that file permissions count for it; nothing where they do anyway. */
export const unprivileged = root ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "--"] : [];

/** Gives a directory, with all that is in it, to the user that `unprivileged` makes of us. */
export function handOver(path: string): void {
  if (!root) return;
  chownSync(path, NOBODY, NOBODY);
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o755);
  for (const name of readdirSync(path)) handOver(join(path, name));
}
