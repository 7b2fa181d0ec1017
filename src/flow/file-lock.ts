import { type FileHandle, link, open, readFile, rename, stat, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { systemClock, type Clock } from "./clock.ts";
import { IngestError } from "./errors.ts";
import { isAlive } from "./is-alive.ts";
import { lstatIfThere } from "./link-target.ts";
import { systemCode } from "./system-reason.ts";

const WAIT_MS_MAX = 10_000;
const POLL_MS = 20;
/** A holder needs milliseconds; a lock this old was left by a process that was killed. */
const STALE_MS = 5_000;
const OWNER = `${process.pid}@${hostname()}`;
/** What a lock holds; nothing, or a part, where its process was killed. */
const LOCK = /^(\d+(@\S*)?)?$/;
/** Locks this process holds: another one that says it is ours could not be given back. */
const held = new Set<string>();

/**
 * Runs `work` while holding an exclusive lock file. For critical sections of milliseconds:
 * a lock whose process is gone, or that is older than 5 s, is taken over.
 */
export async function withFileLock<Result>(
  path: string,
  work: () => Promise<Result>,
  clock: Clock = systemClock,
): Promise<Result> {
  const since = clock.now();
  while (!(await tryLock(path))) {
    await requireLock(path);
    await removeStale(path, clock);
    if (clock.now() - since > WAIT_MS_MAX) {
      throw new IngestError(`the lock ${path} is held by another process`, {
        decision: "fatal",
        code: "locked",
        hint: "wait for the other run to end; if there is none, remove the file",
      });
    }
    await clock.sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    held.delete(path);
    await unlink(path).catch(() => {});
  }
}

/** Throws when something is in the lock's place that is no lock. */
export async function requireLock(path: string): Promise<void> {
  const found = await lstatIfThere(path);
  // Reading a pipe would take for ever. What cannot be read, or has gone, is waited for.
  if (found === undefined || (found.isFile() && LOCK.test(await readFile(path, "utf8").catch(() => "")))) return;
  throw new IngestError(`${path} is in the place of a lock: it is no lock of ours`, {
    decision: "fatal",
    code: "locked",
    hint: "remove it, or name another directory with --state-dir DIR",
  });
}

async function tryLock(path: string): Promise<boolean> {
  let file: FileHandle;
  try {
    file = await open(path, "wx");
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
  // Before the file says so: until then it is nobody's.
  held.add(path);
  try {
    await file.writeFile(OWNER);
  } catch (error) {
    held.delete(path);
    // The disk may be full: a lock that does not say whose it is would keep everybody waiting.
    await unlink(path).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  return true;
}

async function removeStale(path: string, clock: Clock): Promise<void> {
  try {
    const found = await readFile(path, "utf8");
    const [pid, host] = found.split("@");
    const { mtimeMs } = await stat(path);
    const old = clock.date().getTime() - mtimeMs >= STALE_MS;
    const dead = host === hostname() && !isAlive(Number(pid));
    const isLeft = found === OWNER && !held.has(path);
    if (!old && !dead && !isLeft) return;
    // Renamed first: of two processes that both find it stale, only one moves it away.
    const taken = `${path}.${process.pid}.stale`;
    await rename(path, taken);
    // The other one was faster, and this is its new lock.
    if ((await readFile(taken, "utf8")) !== found) await link(taken, path);
    await unlink(taken);
  } catch {
    // The holder gave it back meanwhile.
  }
}
