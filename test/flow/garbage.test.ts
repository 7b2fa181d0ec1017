import { expect, test } from "bun:test";
import { garbageCollector } from "../../src/flow/garbage.ts";

const MEGABYTE = 1_000_000;

/** A heap that grows to each of these sizes, in megabytes; a collection leaves `live` of it. */
function collectionsAt(sizes: readonly number[], live: number): number[] {
  let size = 0;
  const found: number[] = [];
  const collect = garbageCollector({
    bytes: () => size * MEGABYTE,
    garbageMax: 50 * MEGABYTE,
    collect: () => {
      found.push(size);
      size = live;
    },
  });
  for (size of sizes) collect();
  return found;
}

test("garbage is collected when there is much of it, however long that takes", () => {
  expect(collectionsAt([100, 120, 140, 151, 105, 130, 149, 152], 100)).toEqual([151, 152]);
});

test("garbage that the collector has taken away itself is not collected again", () => {
  expect(collectionsAt([100, 130, 60, 90, 60, 105, 55, 104, 106], 60)).toEqual([106]);
});

test("what is in use is no garbage", () => {
  expect(collectionsAt([100, 160, 165, 170, 205, 211], 160)).toEqual([160, 211]);
});
