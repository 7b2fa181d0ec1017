import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/flow/clock.ts";
import { withFileLock } from "../../src/flow/file-lock.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

describe("file lock", () => {
  test("lets one in at a time and leaves nothing behind", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "lock");
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 8 }, () =>
        withFileLock(path, async () => {
          most = Math.max(most, ++inside);
          await Promise.resolve();
          inside--;
        }),
      ),
    );
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  test("is given back when the work throws", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "lock");
    await expect(withFileLock(path, () => Promise.reject(new Error("boom")))).rejects.toThrow("boom");
    expect(await withFileLock(path, async () => "in")).toBe("in");
  });

  test("a lock of a process that is gone is taken over", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "lock");
    const child = Bun.spawnSync(["true"]);
    await Bun.write(path, `${child.pid}@${hostname()}`);
    expect(await withFileLock(path, async () => "in")).toBe("in");
  });

  test("a lock of this process that could not be given back is taken over at once", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "lock");
    await Bun.write(path, `${process.pid}@${hostname()}`);
    const asleep = { ...systemClock, sleep: () => Promise.resolve() };
    let asked = 0;
    const clock = { ...asleep, now: () => ++asked };
    expect(await withFileLock(path, async () => "in", clock)).toBe("in");
    expect(asked).toBeLessThan(10);
  });

  test("a lock that does not say whose it is, is taken over when it is old", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "lock");
    await Bun.write(path, "");
    utimesSync(path, 0, 0);
    expect(await withFileLock(path, async () => "in")).toBe("in");
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("of two that find a lock of a dead process, the slower one leaves the new lock of the faster one alone", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "lock");
    writeFileSync(path, `${Bun.spawnSync(["true"]).pid}@${hostname()}`);
    const faster = `${process.pid}@${hostname()}`;
    let seen = "";
    const clock = {
      ...systemClock,
      // Asked between the look at the old lock and its removal.
      date: () => {
        if (seen === "") writeFileSync(path, faster);
        return new Date();
      },
      sleep: async () => {
        seen ||= readFileSync(path, "utf8");
        unlinkSync(path);
      },
    };
    expect(await withFileLock(path, async () => "in", clock)).toBe("in");
    expect(seen).toBe(faster);
    expect(readdirSync(directory.path)).toEqual([]);
  });
});
