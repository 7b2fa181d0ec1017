import { describe, expect, test } from "bun:test";
import { IngestError } from "../../src/flow/errors.ts";
import { ParseThreads, type ParseWorker } from "../../src/ingest/parse-threads.ts";
import type { JobReply, JobRequest } from "../../src/ingest/parse-thread.ts";
import type { Job, Parser } from "../../src/parsers/parser.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { HandClock } from "../support/hand-clock.ts";
import { sourceOf } from "../support/read-source.ts";
import { until } from "../support/until.ts";

const CHUNKS = { chunkSize: 100, chunkOverlap: 0 };
const entry = sourceOf({ parser: "pages", dataDir: "/" });
const parser: Parser = { name: "pages", settings: {}, sourceType: () => "", async *inputs() {} };
const pdfs: Parser = { ...parser, name: "pdfs", parallelInputs: 2 };
const never = new AbortController().signal;
const job = (how = ""): Job => ({ data: { how } });
const timeLimit = { ms: 5_000, setting: "pdf_timeout" };

/** Workers that the test answers for. */
class Hands {
  readonly started: { readonly requests: JobRequest[]; ended: boolean; reply(reply?: Partial<JobReply>): void }[] = [];

  readonly start = (): ParseWorker => {
    const events = new EventTarget();
    const requests: JobRequest[] = [];
    const hand = {
      requests,
      ended: false,
      reply: (reply: Partial<JobReply> = {}) => {
        const data = { kind: "done", isSpent: false, documents: [], notes: [], ...reply };
        events.dispatchEvent(new MessageEvent("message", { data }));
      },
    };
    this.started.push(hand);
    return Object.assign(events, {
      postMessage: (request: JobRequest) => void requests.push(request),
      terminate: () => void (hand.ended = true),
    });
  };
}

async function reasonOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => "no error",
    (thrown: unknown) => thrown,
  );
  return error instanceof IngestError && error.decision === "skip" ? error.message : `not a skip: ${String(error)}`;
}

describe("Workers for parsing", () => {
  test("are not started before there is a job", () => {
    const hands = new Hands();
    using threads = new ParseThreads({ start: hands.start });
    threads.of({ entry, parser }, CHUNKS);
    expect(hands.started).toHaveLength(0);
  });

  test("are one for few jobs, and more once jobs have waited for some work", async () => {
    const hands = new Hands();
    const clock = new HandClock();
    let workedMs = 0;
    using threads = new ParseThreads({ start: hands.start, clock, max: 3, workedMs: () => workedMs });
    const jobs = threads.of({ entry, parser }, CHUNKS);
    const all = Array.from({ length: 6 }, () => jobs.do(job(), 1, never));
    /** Time passes, in which the process works. */
    const pass = async (ms: number) => {
      const { length } = hands.started;
      // The limit of each job, and the next look.
      await until(() => clock.sleepers === length + 1);
      workedMs += ms;
      clock.advance(1_000);
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      return hands.started.length;
    };
    await until(() => hands.started.length === 1);
    expect(await pass(1_000)).toBe(1);
    expect(await pass(999)).toBe(1);
    expect(await pass(1)).toBe(2);
    expect(await pass(1_999)).toBe(2);
    expect(await pass(1)).toBe(3);
    for (const left of hands.started) left.reply();
    await until(() => hands.started.every(({ requests }) => requests.length === 2));
    for (const left of hands.started) left.reply();
    await Promise.all(all);
    expect(hands.started).toHaveLength(3);
  });

  test("are no more while the run has enough to do with what they have done", async () => {
    const hands = new Hands();
    const clock = new HandClock();
    let workedMs = 0;
    let isAwaited = false;
    const seams = { clock, workedMs: () => workedMs, isAwaited: () => isAwaited };
    using threads = new ParseThreads({ start: hands.start, max: 2, ...seams });
    const jobs = threads.of({ entry, parser }, CHUNKS);
    const all = Array.from({ length: 2 }, () => jobs.do(job(), 1, never));
    const pass = async (ms: number) => {
      await until(() => clock.sleepers === hands.started.length + 1);
      workedMs += ms;
      clock.advance(1_000);
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      return hands.started.length;
    };
    await until(() => hands.started.length === 1);
    expect(await pass(60_000)).toBe(1);
    isAwaited = true;
    expect(await pass(1_999)).toBe(1);
    expect(await pass(1)).toBe(2);
    for (const left of hands.started) left.reply();
    await Promise.all(all);
  });

  test("are kept for the next source, unless its parser leaves much behind", async () => {
    const hands = new Hands();
    using threads = new ParseThreads({ start: hands.start });
    const doOne = async (source: Parser) => {
      const done = threads.of({ entry, parser: source }, CHUNKS).do(job(), 1, never);
      await until(() => hands.started.some(({ requests }) => requests.length > sent));
      sent++;
      hands.started.at(-1)?.reply();
      await done;
    };
    let sent = 0;
    await doOne(parser);
    await doOne({ ...parser, name: "others" });
    await doOne(pdfs);
    expect(hands.started).toHaveLength(1);
    sent = 0;
    await doOne(parser);
    expect(hands.started.map(({ ended }) => ended)).toEqual([true, false]);
  });

  test("get what jobs have in common once, and their source once", async () => {
    const hands = new Hands();
    using threads = new ParseThreads({ start: hands.start });
    const jobs = threads.of({ entry, parser }, CHUNKS);
    const common = { words: ["shared"] };
    for (let number = 1; number <= 3; number++) {
      const done = jobs.do({ ...job(), common: number === 3 ? { words: ["another"] } : common }, 1, never);
      await until(() => hands.started[0]?.requests.length === number);
      hands.started[0]?.reply();
      await done;
    }
    expect(hands.started[0]?.requests.map((request) => [request.source?.entry.name, request.common])).toEqual([
      ["docs", { number: 0, value: common }],
      [undefined, { number: 0 }],
      [undefined, { number: 1, value: { words: ["another"] } }],
    ]);
  });

  test("that take too long fail their input by the name of the limit, and are ended", async () => {
    const hands = new Hands();
    using threads = new ParseThreads({ start: hands.start, clock: new FakeClock() });
    expect(await reasonOf(threads.of({ entry, parser }, CHUNKS).do({ ...job(), timeLimit }, 1, never))).toBe(
      "takes longer than pdf_timeout (5 s) allows",
    );
    expect(await reasonOf(threads.of({ entry, parser }, CHUNKS).do(job(), 1_048_576, never))).toBe(
      "takes longer than the 120 s that a file of its size may take",
    );
    expect(hands.started.map(({ ended }) => ended)).toEqual([true, true]);
  });

  test("that say of themselves that something goes on in them are ended", async () => {
    const hands = new Hands();
    using threads = new ParseThreads({ start: hands.start });
    const jobs = threads.of({ entry, parser }, CHUNKS);
    for (const isSpent of [true, false]) {
      const started = hands.started.length;
      const done = jobs.do(job(), 1, never);
      await until(() => hands.started.length > started);
      hands.started.at(-1)?.reply({ isSpent });
      await done;
    }
    expect(hands.started.map(({ ended }) => ended)).toEqual([true, false]);
  });

  test("end when the run stops, with its reason", async () => {
    const hands = new Hands();
    using threads = new ParseThreads({ start: hands.start, max: 1 });
    const stopped = new AbortController();
    const jobs = threads.of({ entry, parser }, CHUNKS);
    const all = [1, 2, 3].map(() => jobs.do(job(), 1, stopped.signal));
    await until(() => hands.started.length === 1);
    const reason = new Error("Ctrl-C");
    stopped.abort(reason);
    expect(await Promise.allSettled(all)).toEqual(all.map(() => ({ status: "rejected", reason })));
    expect(hands.started.map(({ ended }) => ended)).toEqual([true]);
  });
});

describe("a Worker that fails", () => {
  const startFaulty = () => new Worker(new URL("../support/faulty-parse-worker.ts", import.meta.url).href);

  test.each([
    ["ends", "exit", "its parser crashed: its thread has ended"],
    ["throws where nobody catches it", "throw", "its parser crashed: "],
  ])("because it %s costs its input, and the next one gets another", async (_, how, reason) => {
    using threads = new ParseThreads({ start: startFaulty, max: 1 });
    const jobs = threads.of({ entry, parser }, CHUNKS);
    for (let time = 0; time < 2; time++) {
      const all = [jobs.do(job(), 1, never), jobs.do(job(how), 1, never), jobs.do(job(), 1, never)] as const;
      expect(await all[0]).toMatchObject({ kind: "done" });
      expect(await reasonOf(all[1])).toStartWith(reason);
      expect(await all[2]).toMatchObject({ kind: "done" });
    }
  });

  test("because it never comes to an end is ended at its limit, and when the run stops", async () => {
    const clock = new HandClock();
    using threads = new ParseThreads({ start: startFaulty, clock, max: 1 });
    const jobs = threads.of({ entry, parser }, CHUNKS);
    const flag = new Int32Array(new SharedArrayBuffer(4));
    const loop: Job = { data: { how: "loop", flag }, timeLimit };
    const stuck = reasonOf(jobs.do(loop, 1, never));
    await until(() => flag[0] === 1);
    clock.advance(5_000);
    expect(await stuck).toContain("pdf_timeout");
    flag[0] = 0;
    const stopped = new AbortController();
    const stopping = jobs.do(loop, 1, stopped.signal).catch((error: unknown) => error);
    await until(() => flag[0] === 1);
    stopped.abort("stop");
    expect(await stopping).toBe("stop");
    expect(await jobs.do(job(), 1, never)).toMatchObject({ kind: "done" });
  });

  test("that cannot be started fails the input", async () => {
    using threads = new ParseThreads({
      start: () => {
        throw new Error("no threads left");
      },
    });
    const reason = await reasonOf(threads.of({ entry, parser }, CHUNKS).do(job(), 1, never));
    expect(reason).toBe("no thread can be started for it: no threads left");
  });
});
