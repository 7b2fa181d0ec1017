import { readdirSync, readFileSync } from "node:fs";
import type { SQL } from "bun";

/**
 * Tells the seconds of processor time that a server on this machine has used so far, with all that it has started, others'
 * sessions included; 0 of one elsewhere.
 */
export async function serverCpuOf(sql: SQL): Promise<() => number> {
  const [row] = await sql.unsafe<{ pid: number }[]>("select pg_backend_pid() as pid");
  const postmaster = processOf(row?.pid ?? 0)?.parent ?? 0;
  return () => {
    const ended = processOf(postmaster)?.ended ?? 0;
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return pids.reduce((all, pid) => {
      const found = processOf(Number(pid));
      return found?.parent === postmaster ? all + found.own : all;
    }, ended);
  };
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, in seconds. */
function processOf(pid: number) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text
      .slice(text.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11);
    return { parent, own: (user + system) / 100, ended: (endedUser + endedSystem) / 100 };
  } catch {
    return undefined;
  }
}
