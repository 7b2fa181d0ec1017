import { readFileSync } from "node:fs";
import { constants } from "node:os";

/**
 * Whether whoever started this process had it ignore `signal`, as `nohup` does with SIGHUP. Ask before a handler is set:
 * a handler ends it. Known on Linux only; false elsewhere.
 */
export function isIgnored(signal: NodeJS.Signals): boolean {
  try {
    const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
    return ((BigInt(`0x${mask}`) >> BigInt(constants.signals[signal] - 1)) & 1n) === 1n;
  } catch {
    return false;
  }
}
