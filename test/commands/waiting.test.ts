import { expect, test } from "bun:test";
import { waitingFor } from "../../src/commands/waiting.ts";
import { HandClock } from "../support/hand-clock.ts";
import { until } from "../support/until.ts";

test("what is waited for is named, with the seconds from the third one on, and is gone at its end", async () => {
  const clock = new HandClock();
  const written: string[] = [];
  const stdout = { write: (text: string) => void written.push(text), columns: 60 };
  const work = Promise.withResolvers<number>();
  let what = "asking the database";
  const waiting = waitingFor(() => what, work.promise, { stdout, clock, env: {}, onInterrupt: () => () => {} });
  const after = async (ms: number) => {
    const lines = written.length;
    clock.advance(ms);
    await until(() => written.length > lines);
    return Bun.stripANSI(written.at(-1) ?? "");
  };
  expect(Bun.stripANSI(written.at(-1) ?? "")).toEndWith("asking the database");
  expect(await after(1_999)).toEndWith("asking the database");
  what = "asking the embedder";
  expect(await after(1_001)).toEndWith("asking the embedder, 3 s");
  work.resolve(7);
  expect(await waiting).toBe(7);
  expect(written.at(-1)).toBe("\r\x1b[K");
});
