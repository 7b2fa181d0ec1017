import { describe, expect, test } from "bun:test";
import type { EmbedderServer } from "../../src/embed/embedder.ts";
import { Spread } from "../../src/embed/spread.ts";
import { IngestError } from "../../src/flow/errors.ts";
import { Semaphore } from "../../src/flow/semaphore.ts";
import { HandClock } from "../support/hand-clock.ts";

const WORKERS = 8;
const SERVICE_MS = 100;
const STEP_MS = 10;
const TEXT = "x".repeat(1_000);

type Behaviour = {
  readonly serviceMs?: number | ((request: number) => number);
  /** Requests that it works on at a time. */
  readonly parallel?: number;
  /** It answers none of these requests. */
  readonly silent?: (request: number) => boolean;
  /** What that request gets instead of its answer. */
  readonly fault?: (request: number) => Error | undefined;
};

class SimulatedServer implements EmbedderServer {
  readonly restMs = 0;
  readonly #clock: HandClock;
  readonly #behaviour: Behaviour;
  readonly #permits: Semaphore;
  requests = 0;
  inFlight = 0;
  inFlightMax = 0;

  constructor(clock: HandClock, behaviour: Behaviour) {
    this.#clock = clock;
    this.#behaviour = behaviour;
    this.#permits = new Semaphore(behaviour.parallel ?? 1);
  }

  async embedBatch(texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> {
    const { serviceMs = SERVICE_MS, silent, fault } = this.#behaviour;
    const request = ++this.requests;
    this.inFlightMax = Math.max(this.inFlightMax, ++this.inFlight);
    try {
      if (silent?.(request)) await this.#clock.sleep(1e9, signal);
      const error = fault?.(request);
      if (error !== undefined) throw error;
      const ms = typeof serviceMs === "number" ? serviceMs : serviceMs(request);
      await this.#permits.use(() => this.#clock.sleep(ms, signal), signal);
      return texts.map(() => new Float32Array(1));
    } finally {
      this.inFlight--;
    }
  }
}

/** Sends `count` batches, as many at a time as there is room for; those that fail are sent again. */
async function simulate(
  behaviours: readonly Behaviour[],
  count: number,
  workers = WORKERS,
  textOf: (batch: number) => string = () => TEXT,
) {
  const clock = new HandClock();
  const servers = behaviours.map((behaviour) => new SimulatedServer(clock, behaviour));
  const permits = new Semaphore(workers);
  const lost: string[] = [];
  const spread = new Spread(servers, {
    ...{ workers, clock, stopped: new AbortController().signal },
    onChange: () => void (permits.limit = spread.capacity),
    onLost: ({ message }) => void lost.push(message),
  });
  permits.limit = spread.capacity;
  let answered = 0;
  let failures = 0;
  const send = async (text: string): Promise<void> => {
    const done = await permits.use(() => spread.embedBatch([text]).catch(() => undefined));
    if (done === undefined) {
      failures++;
      return send(text);
    }
    answered++;
  };
  for (let batch = 0; batch < count; batch++) void send(textOf(batch));
  while (answered < count && clock.now() < 1_000_000) {
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => void setImmediate(resolve));
    if (answered < count) clock.advance(STEP_MS);
  }
  expect(answered).toBe(count);
  return { ms: clock.now(), servers, spread, lost, failures };
}

const slow: Behaviour = { serviceMs: 20 * SERVICE_MS };

describe("three servers", () => {
  test("are three times as fast as one", async () => {
    const one = await simulate([{}], 120);
    const three = await simulate([{}, {}, {}], 120);
    expect(one.ms / three.ms).toBeGreaterThan(2.8);
    expect(three.servers.map(({ requests }) => requests)).toEqual([40, 40, 40]);
  });

  test.each([1, 4])("of which one is slow are as fast as the two others (%i at once)", async (parallel) => {
    const two = await simulate([{ parallel }, { parallel }], 800);
    const three = await simulate([{ parallel }, { parallel }, slow], 800);
    expect(three.ms / two.ms).toBeLessThan(1.1);
  });

  test("of which one was slow for once get their share of the rest", async () => {
    const { servers } = await simulate([{}, {}, { serviceMs: (request) => (request < 3 ? 20 : 1) * SERVICE_MS }], 600);
    expect(servers[2]?.requests).toBeGreaterThan(120);
  });

  test("of which one is half as fast share the work by their speed", async () => {
    const { ms } = await simulate([{}, {}, { serviceMs: 2 * SERVICE_MS }], 250);
    expect(ms / ((250 * SERVICE_MS) / 2.5)).toBeLessThan(1.1);
  });

  test.each([1, 5])("go on when one falls silent with its request %i", async (silentFrom) => {
    const two = await simulate([{}, {}], 240);
    const three = await simulate([{}, {}, { silent: (request) => request >= silentFrom }], 240);
    expect(three.ms / two.ms).toBeLessThan(1.1);
    // What it took before it was known to be silent, and one to ask whether it still is.
    expect(three.servers[2]?.requests).toBeLessThan(WORKERS + silentFrom);
  });

  test("go on while one that has too much to do rests, and send it nothing", async () => {
    const busy = new IngestError("busy", { decision: "retry", code: "embedder_busy", retryAfterMs: 60_000 });
    const others = { parallel: 4 };
    const { ms } = await simulate([others, others, { fault: (request) => (request === 3 ? busy : undefined) }], 800);
    expect(ms / ((800 * SERVICE_MS) / WORKERS)).toBeLessThan(1.05);
  });

  test("do not ask a silent one again and again where there is little to do", async () => {
    const { ms, servers } = await simulate([{}, {}, { silent: () => true }], 500, 2);
    expect(ms / ((500 * SERVICE_MS) / 2)).toBeLessThan(1.1);
    expect(servers[2]?.requests).toBeLessThan(5);
  });

  test("ask one that was silent again after a while", async () => {
    const { servers } = await simulate([{}, {}, { silent: (request) => request < 3 }], 4_000, 2);
    expect(servers[2]?.requests).toBeGreaterThan(1);
  });
});

test("a slow server is not asked again and again where one batch is sent at a time", async () => {
  const one = await simulate([{}], 200, 1);
  const two = await simulate([{}, { serviceMs: 3 * SERVICE_MS }], 200, 1);
  expect(two.ms / one.ms).toBeLessThan(1.2);
});

test("small batches, of which each takes as long as a large one, do not keep servers from their share", async () => {
  const latency: Behaviour = { serviceMs: (request) => SERVICE_MS + (request % 2) * STEP_MS };
  const alike = await simulate([latency, latency], 200, 2);
  const mixed = await simulate([latency, latency], 200, 2, (batch) => (batch % 10 === 9 ? "x" : TEXT));
  expect(mixed.ms / alike.ms).toBeLessThan(1.1);
  const alone = await simulate([latency, latency], 200, 1, (batch) => "x".repeat(50 + ((batch * 79) % 100) ** 2));
  expect(alone.servers.reduce((sum, { requests }) => sum + requests, 0)).toBeLessThanOrEqual(202);
});

test("a batch gets its vectors from another server where one gives bad ones, and is refused when all do", async () => {
  const bad = new IngestError("zeros", { decision: "split", code: "bad_vector" });
  const broken: EmbedderServer = { restMs: 0, embedBatch: () => Promise.reject(bad) };
  const works: EmbedderServer = { restMs: 0, embedBatch: () => Promise.resolve([new Float32Array(1)]) };
  const options = {
    workers: 2,
    clock: new HandClock(),
    stopped: new AbortController().signal,
    onChange() {},
    onLost() {},
  };
  expect(await new Spread([broken, works], options).embedBatch([TEXT])).toHaveLength(1);
  await expect(new Spread([broken, broken], options).embedBatch([TEXT])).rejects.toBe(bad);
});

describe("a server that can do nothing more for the run", () => {
  const refuses = new IngestError("wrong key", { decision: "fatal", code: "unauthorized" });
  const nonsense = [
    ["no vectors", new IngestError("html", { decision: "retry", code: "not_an_embedder" })],
    ["too few vectors", new IngestError("3 vectors", { decision: "retry", code: "bad_answer" })],
    ["bad vectors", new IngestError("zeros", { decision: "split", code: "bad_vector" })],
  ] as const;

  test("is lost, and the others do its share", async () => {
    const two = await simulate([{}, {}], 240);
    const three = await simulate([{}, {}, { fault: (request) => (request > 5 ? refuses : undefined) }], 240);
    expect(three.lost).toEqual(["wrong key"]);
    expect(three.failures).toBe(0);
    expect(three.servers[2]?.requests).toBeLessThanOrEqual(5 + WORKERS);
    expect(three.ms / two.ms).toBeLessThan(1.05);
  });

  test("ends the run when it is the last one", async () => {
    const clock = new HandClock();
    const server = (message: string): EmbedderServer => ({
      restMs: 0,
      embedBatch: () => Promise.reject(new IngestError(message, { decision: "fatal", code: "unauthorized" })),
    });
    const lost: string[] = [];
    const options = { workers: 2, clock, stopped: new AbortController().signal, onChange() {} };
    const spread = new Spread([server("a"), server("b")], {
      ...options,
      onLost: ({ message }, left) => void lost.push(`${message}, ${left} left`),
    });
    await expect(spread.embedBatch([TEXT])).rejects.toMatchObject({ message: "b", decision: "fatal" });
    expect(lost).toEqual(["a, 1 left"]);
    await expect(spread.embedBatch([TEXT])).rejects.toThrow("b");
  });

  test("is lost while another one rests, which is waited for", async () => {
    const away = new IngestError("away", { decision: "retry", code: "embedder_unreachable" });
    const clock = new HandClock();
    const resting: EmbedderServer = { restMs: 30_000, embedBatch: () => Promise.reject(away) };
    const refusing: EmbedderServer = { restMs: 0, embedBatch: () => Promise.reject(refuses) };
    const options = { workers: 2, clock, stopped: new AbortController().signal, onChange() {}, onLost() {} };
    await expect(new Spread([resting, refusing], options).embedBatch([TEXT])).rejects.toBe(away);
  });

  test.each(nonsense)("for it gives %s: it is asked a few times, and then lost", async (_, error) => {
    const two = await simulate([{}, {}], 1_200);
    const three = await simulate([{}, {}, { fault: (request) => (request > 5 ? error : undefined) }], 1_200);
    expect(three.lost).toEqual([error.message]);
    expect(three.failures).toBe(0);
    expect(three.servers[2]?.requests).toBeLessThanOrEqual(5 + WORKERS);
    expect(three.ms / two.ms).toBeLessThan(1.05);
  });

  test.each(nonsense)("is none that gave %s for once", async (_, error) => {
    const { lost, servers } = await simulate(
      [{}, {}, { fault: (request) => (request % 50 === 9 ? error : undefined) }],
      600,
    );
    expect(lost).toEqual([]);
    expect(servers[2]?.requests).toBeGreaterThan(150);
  });

  test("is none that makes no sense of what no server makes sense of", async () => {
    const [, , [, bad]] = nonsense;
    let asked = 0;
    const picky: EmbedderServer = {
      restMs: 0,
      embedBatch: ([text = ""]) =>
        text.startsWith("bad") ? Promise.reject(bad) : Promise.resolve([new Float32Array(1)]),
    };
    const options = { workers: 2, clock: new HandClock(), stopped: new AbortController().signal, onChange() {} };
    const spread = new Spread([picky, picky], { ...options, onLost: () => void asked++ });
    for (let batch = 0; batch < 20; batch++) await expect(spread.embedBatch(["bad"])).rejects.toBe(bad);
    expect(await spread.embedBatch([TEXT])).toHaveLength(1);
    expect(asked).toBe(0);
  });
});

describe("a batch that is alone on its way", () => {
  /** Sends it when all have answered two, and the first one falls silent. */
  async function alone(others: readonly Behaviour[]) {
    return simulate([{ silent: (request) => request > 2 }, ...others], 7, 3);
  }

  test("is sent to another server when the first one falls silent", async () => {
    const { ms } = await alone([{}, {}]);
    expect(ms).toBeLessThan(10 * SERVICE_MS);
  });

  test("is so too when it begins in the moment in which the one before it ends", async () => {
    const clock = new HandClock();
    let falls = false;
    // The next request, and none after it.
    const silent = () => falls && !(falls = false);
    const ends: (() => void)[] = [];
    const spread = new Spread([new SimulatedServer(clock, { silent }), new SimulatedServer(clock, { silent })], {
      ...{ workers: 2, clock, stopped: new AbortController().signal, onChange: () => ends.shift()?.(), onLost() {} },
    });
    const send = () => spread.embedBatch([TEXT]);
    const pass = async (ms: number) => {
      for (let passed = 0; passed <= ms; passed += STEP_MS) {
        for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => void setImmediate(resolve));
        clock.advance(STEP_MS);
      }
    };
    const first = [send(), send(), send(), send()];
    await pass(10 * SERVICE_MS);
    await Promise.all(first);
    let isAnswered = false;
    const begin = () => {
      falls = true;
      void send().then(() => (isAnswered = true));
    };
    // It is told of the end of the request, then of that of the batch.
    ends.push(
      () => {},
      () => queueMicrotask(begin),
    );
    const last = send();
    await pass(10 * SERVICE_MS);
    await last;
    expect(isAnswered).toBe(true);
  });

  test("is sent to a third one when the second one has too much to do then", async () => {
    const busy = new IngestError("busy", { decision: "retry", code: "embedder_busy", retryAfterMs: 60_000 });
    const { ms, servers } = await alone([{ fault: (request) => (request > 2 ? busy : undefined) }, {}]);
    expect(ms).toBeLessThan(15 * SERVICE_MS);
    expect(servers.map(({ requests }) => requests)).toEqual([3, 3, 3]);
  });

  test.each(["embedder_busy", "embedder_unavailable"] as const)(
    "is sent to the only other one again when that has rested (%s)",
    async (code) => {
      const busy = new IngestError("busy", { decision: "retry", code, retryAfterMs: 5_000 });
      const { ms } = await alone([{ fault: (request) => (request === 5 ? busy : undefined) }]);
      expect(ms).toBeLessThan(10_000);
    },
  );

  test("is sent once more to one that had too much to do, when the one that took it falls silent", async () => {
    const busy = new IngestError("busy", { decision: "retry", code: "embedder_busy", retryAfterMs: 5_000 });
    const clock = new HandClock();
    const first = new SimulatedServer(clock, { fault: (request) => (request === 2 ? busy : undefined) });
    const second = new SimulatedServer(clock, { silent: (request) => request > 1 });
    const options = { workers: 2, clock, stopped: new AbortController().signal, onChange() {}, onLost() {} };
    const spread = new Spread([first, second], options);
    const answered = async (...batches: readonly Promise<unknown>[]) => {
      let open = true;
      void Promise.all(batches).then(() => void (open = false));
      while (open && clock.now() < 60_000) {
        for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => void setImmediate(resolve));
        clock.advance(STEP_MS);
      }
    };
    await answered(spread.embedBatch([TEXT]), spread.embedBatch([TEXT]));
    await answered(spread.embedBatch([TEXT]));
    expect(clock.now()).toBeLessThan(10_000);
    expect(first.requests).toBe(3);
  });
});

test("a batch that a silent server owes is given back when the one that was asked instead fails with it", async () => {
  const broken = new IngestError("broken", { decision: "retry", code: "connection_lost" });
  const failed: Behaviour = { fault: (request) => (request === 3 ? broken : undefined) };
  const { ms } = await simulate([{ silent: (request) => request > 2 }, failed], 6, 1);
  expect(ms).toBeLessThan(60_000);
});

test("a server that failed gets one request at a time until it answers, and then its share again", async () => {
  const broken = new IngestError("broken", { decision: "retry", code: "server_error" });
  const { servers } = await simulate([{}, {}, { fault: (request) => (request < 8 ? broken : undefined) }], 600);
  expect(servers[2]?.requests).toBeGreaterThan(150);
});

test("no batch is sent to two servers while all of them answer", async () => {
  const { servers } = await simulate([{}, { serviceMs: 3 * SERVICE_MS }, { parallel: 2 }], 300);
  // The last ones aside, for which there are idle servers.
  expect(servers.reduce((sum, { requests }) => sum + requests, 0)).toBeLessThanOrEqual(303);
});

describe("a server that takes one request after the other", () => {
  test("is told from one that works on several", async () => {
    expect((await simulate([{}], 60)).spread.isOneAtATime).toBe(true);
    expect((await simulate([{}, {}, {}], 120)).spread.isOneAtATime).toBe(true);
    expect((await simulate([{ parallel: 4 }], 60)).spread.isOneAtATime).toBe(false);
    expect((await simulate([{}, { parallel: 8 }], 120)).spread.isOneAtATime).toBe(false);
  });

  test("is not claimed of one that was asked too little", async () => {
    expect((await simulate([{}], 4)).spread.isOneAtATime).toBe(false);
  });
});
