import { describe, expect, test } from "bun:test";
import { mapOrdered } from "../../src/flow/map-ordered.ts";

async function* numbers(count: number, taken: number[] = [], closed: { value: boolean } = { value: false }) {
  try {
    for (let number = 0; number < count; number++) {
      taken.push(number);
      yield number;
    }
  } finally {
    closed.value = true;
  }
}

describe("mapOrdered", () => {
  test("results come in the order of the items, however long each takes", async () => {
    const slowFirst = async (number: number) => {
      for (let turn = 0; turn < 20 - number * 2; turn++) await Promise.resolve();
      return number * 10;
    };
    expect(await Array.fromAsync(mapOrdered(numbers(5), { itemsMax: 3 }, slowFirst))).toEqual([0, 10, 20, 30, 40]);
  });

  test("reads no further ahead than it may work on", async () => {
    const taken: number[] = [];
    const results = mapOrdered(numbers(100, taken), { itemsMax: 3 }, async (number) => number);
    await results.next();
    expect(taken.length).toBeLessThanOrEqual(4);
    await results.return(undefined);
  });

  test("reads no further ahead than the items may weigh together", async () => {
    const taken: number[] = [];
    const ahead = { itemsMax: 100, weightMax: 10, weightOf: (number: number) => number };
    const results = mapOrdered(numbers(100, taken), ahead, async (number) => number);
    await results.next();
    expect(taken).toEqual([0, 1, 2, 3, 4]);
    await results.next();
    await results.next();
    expect(taken).toEqual([0, 1, 2, 3, 4, 5]);
    await results.return(undefined);
  });

  test("an item that cannot be read fails in its turn: those before it come first", async () => {
    async function* torn() {
      yield* numbers(3);
      throw new Error("no item 3");
    }
    const seen: number[] = [];
    const consume = async () => {
      for await (const result of mapOrdered(torn(), { itemsMax: 10 }, async (number) => number)) seen.push(result);
    };
    await expect(consume()).rejects.toThrow("no item 3");
    expect(seen).toEqual([0, 1, 2]);
  });

  test("a failing item fails where it stands, and the source is closed", async () => {
    const closed = { value: false };
    const results = mapOrdered(numbers(5, [], closed), { itemsMax: 2 }, async (number) => {
      if (number === 2) throw new Error("item 2");
      return number;
    });
    const seen: number[] = [];
    const consume = async () => {
      for await (const result of results) seen.push(result);
    };
    await expect(consume()).rejects.toThrow("item 2");
    expect(seen).toEqual([0, 1]);
    expect(closed.value).toBe(true);
  });
});
