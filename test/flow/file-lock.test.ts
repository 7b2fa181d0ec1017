import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
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
    await Bun.write(path, `${child.pid}@${(await import("node:os")).hostname()}`);
    expect(await withFileLock(path, async () => "in")).toBe("in");
  });
});
