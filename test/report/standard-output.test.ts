import { expect, test } from "bun:test";
import { join } from "node:path";

const SCRIPT = join(import.meta.dir, "../support/write-pages.ts");
const PAGE_BYTES = 1_048_576;

function startWriting() {
  const child = Bun.spawn([process.execPath, SCRIPT], { stdout: "pipe", stderr: "pipe", stdin: "ignore" });
  let said = "";
  const end = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of child.stderr) said += decoder.decode(bytes, { stream: true });
    return said;
  })();
  return { child, end, pages: () => said.split("page").length - 1 };
}

test("a reader that takes its time is waited for: what it has not read is a page or two", async () => {
  const { child, end, pages } = startWriting();
  let bytes = 0;
  let ahead = 0;
  for await (const part of child.stdout) {
    bytes += part.length;
    ahead = Math.max(ahead, pages() - bytes / PAGE_BYTES);
  }
  expect(await end).toEndWith("page 64\nwhole\n");
  expect(bytes).toBe(64 * PAGE_BYTES);
  expect(ahead).toBeLessThan(4);
});

test("a reader that leaves is told to who writes", async () => {
  const { child, end } = startWriting();
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  expect(await end).toEndWith("left\n");
});
