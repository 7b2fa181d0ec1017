import { readFileSync } from "node:fs";

const EVERY_MS = 20;

/**
 * Watches the most memory that a process ever has, in bytes, until it ends. From /proc, and so 0 elsewhere: what the
 * system says of an ended child counts the memory of its parent, too, from which it was forked.
 */
export async function peakMemory(child: { readonly pid: number; readonly exited: Promise<number> }): Promise<number> {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, highWaterMark(child.pid));
  };
  const timer = setInterval(look, EVERY_MS);
  try {
    look();
    await child.exited;
    return peak;
  } finally {
    clearInterval(timer);
  }
}

function highWaterMark(pid: number): number {
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0;
  }
}
