import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "bun:test";
import { builtinEmbedder } from "../../src/embed/builtin/builtin.ts";
import { type ModelReply, type ModelRequest, ModelWorkers } from "../../src/embed/builtin/model-workers.ts";
import type { Embedder } from "../../src/embed/embedder.ts";
import { createEmbedder } from "../../src/embed/registry.ts";
import { failureOf } from "../support/failure-of.ts";
import { hintOf } from "../support/plain-call.ts";
import { until } from "../support/until.ts";

const MODEL = join(import.meta.dir, "../../src/embed/builtin/model");

describe("the model", () => {
  test.each([
    ["model.onnx", "afdb6f1a0e45b715d0bb9b11772f032c399babd23bfc31fed1c170afc848bdb1"],
    ["tokenizer.json", "754fbace50a65eb13073189fde35f561d96d630920b6a65bbf8dbadf9a4896c3"],
  ])("is the one that its page names: %s", async (name, sum) => {
    const bytes = await Bun.file(join(MODEL, name)).bytes();
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sum);
    expect(await Bun.file(join(MODEL, "README.md")).text()).toContain(sum);
  });

  test("gives the vectors of onnxruntime and tokenizers in Python", async () => {
    const vectors = await builtin().embedBatch([
      "The customer has not paid the invoice yet.",
      "A client still owes money for a bill.",
      "Rows of a grid are sorted by a click on a column's header.",
      'x! = BBjAPI().openFile("data.txt")',
      "Überprüfung der Eingaben: naïve café, 日本語 ½",
    ]);
    const expected = [0.519, 0.011, 0.056, 0.037, -0.076, 0.048, -0.008, 0.033, -0.07, -0.007];
    const found = vectors.flatMap((one, index) => vectors.slice(index + 1).map((other) => cosine(one, other)));
    expect(found).toHaveLength(expected.length);
    for (const [index, value] of found.entries()) expect(Math.abs(value - (expected[index] ?? 0))).toBeLessThan(0.01);
  });

  test("finds what is meant in other words", async () => {
    const [question, answer, other] = await builtin().embedBatch([
      "Which bills has nobody settled?",
      "Invoices that are overdue are listed in the window of open items, the oldest one first.",
      "A window that has no border cannot be made larger with the mouse.",
    ]);
    expect(cosine(question, answer)).toBeGreaterThan(cosine(question, other) + 0.2);
  });

  test("gives a text the same vector alone, beside others and in another Worker", async () => {
    const texts = ["short", "A text of some more words than that, and a number: 4711.", "word ".repeat(300)];
    const together = await builtin().embedBatch(texts);
    for (const [index, text] of texts.toReversed().entries()) {
      expect(await builtin().embedQuery(text)).toEqual(together[texts.length - 1 - index] ?? new Float32Array());
    }
    const others = builtinEmbedder(new ModelWorkers({ max: 1 }));
    expect(await others.embedBatch(texts.toReversed())).toEqual(together.toReversed());
  });

  test("takes a text of 510 tokens whole, and none that is longer", async () => {
    const longest = "word ".repeat(510);
    expect(await builtin().embedBatch([longest])).toHaveLength(1);
    const batch = await failureOf(builtin().embedBatch(["short", `${longest}more`]));
    expect(batch).toMatchObject({ decision: "split", code: "too_long" });
    expect(batch.message).toContain("513 tokens");
    const query = await failureOf(builtin().embedQuery(`${longest}more`));
    expect(query).toMatchObject({ decision: "split", code: "too_long" });
  });
});

describe("Workers of the model", () => {
  test("are as many as work at once, up to a number, and are kept", async () => {
    const started: FakeWorker[] = [];
    const embedder = faked(started, { max: 2 });
    const batches = ["a", "b", "c"].map((text) => embedder.embedBatch([text, text]));
    expect(await Promise.all(batches)).toHaveLength(3);
    await embedder.embedQuery("d");
    expect(started).toHaveLength(2);
    expect(started.every(({ isEnded }) => !isEnded)).toBe(true);
  });

  test("keep the process alive while they work, and not longer", async () => {
    const started: FakeWorker[] = [];
    const release = Promise.withResolvers<void>();
    const embedder = faked(started, { before: () => release.promise });
    const vectors = embedder.embedBatch(["a"]);
    await until(() => started.length > 0);
    expect(started[0]?.isReferenced).toBe(true);
    release.resolve();
    await vectors;
    expect(started[0]?.isReferenced).toBe(false);
  });

  test.each([
    ["dies", (worker: FakeWorker) => worker.dispatchEvent(new ErrorEvent("error", { message: "out of memory" }))],
    ["ends", (worker: FakeWorker) => worker.dispatchEvent(new CloseEvent("close"))],
    ["says that it cannot", (worker: FakeWorker) => worker.reply({ kind: "failed", message: "out of memory" })],
  ])("one that %s costs a retry, and has a successor", async (_, fail) => {
    const started: FakeWorker[] = [];
    let fails = 1;
    const embedder = faked(started, {
      before: (worker) => {
        if (fails-- > 0) fail(worker);
      },
    });
    const error = await failureOf(embedder.embedBatch(["a"]));
    expect(error).toMatchObject({ decision: "retry", code: "runner_died" });
    expect(error.message).toStartWith("the builtin model cannot be run: ");
    expect(started[0]?.isEnded).toBe(true);
    expect(await embedder.embedBatch(["a"])).toHaveLength(1);
    expect(started).toHaveLength(2);
  });

  test("that cannot start fail a probe for good, with what to do", async () => {
    const embedder = builtinEmbedder(
      new ModelWorkers({
        max: 1,
        start() {
          throw new Error("no thread to be had");
        },
      }),
    );
    const error = await failureOf(embedder.probe());
    expect(error).toMatchObject({ decision: "fatal", code: "runner_died" });
    expect(error.message).toBe("the builtin model cannot be run: no thread to be had");
    expect(hintOf(error)).toContain("--workers 1");
  });

  test("are not started on a processor that cannot run the model, and no retry is spent on it", async () => {
    const started: FakeWorker[] = [];
    const embedder = faked(started, { hasVectors: false });
    for (const tried of [embedder.probe(), embedder.embedBatch(["a"]), embedder.embedQuery("a")]) {
      const error = await failureOf(tried);
      expect(error).toMatchObject({ decision: "fatal", code: "processor_unfit" });
      expect(error.message).toContain("AVX");
      expect(hintOf(error)).toContain("--embedder");
      expect(hintOf(error)).not.toContain("memory");
    }
    expect(started).toEqual([]);
  });

  test("an abort does not wait for the text that is at work", async () => {
    const started: FakeWorker[] = [];
    const embedder = faked(started, { before: ({ asked }) => (asked < 3 ? undefined : new Promise(() => {})) });
    const controller = new AbortController();
    const batch = embedder.embedBatch(["a", "b", "c"], controller.signal).catch((error: unknown) => error);
    await until(() => started[0]?.asked === 3);
    controller.abort("Ctrl-C");
    expect(await batch).toBe("Ctrl-C");
    expect(started[0]?.isEnded).toBe(true);
  });
});

function builtin(): Embedder {
  return createEmbedder({
    ...{ embeddingProvider: "builtin", embeddingModel: "", embeddingDimensions: 384 },
    ...{ embedderValues: {}, embedderKeys: {} },
  });
}

type Faked = {
  readonly max?: number;
  readonly hasVectors?: boolean;
  before?(worker: FakeWorker): Promise<void> | void;
};

function faked(started: FakeWorker[], { before = () => {}, ...options }: Faked): Embedder {
  const start = () => {
    const worker = new FakeWorker(before);
    started.push(worker);
    return worker;
  };
  return builtinEmbedder(new ModelWorkers({ max: 1, ...options, start }));
}

/** Answers each request, once `before` has had its say. */
class FakeWorker extends EventTarget {
  asked = 0;
  isEnded = false;
  isReferenced = true;
  readonly #before: (worker: FakeWorker) => Promise<void> | void;

  constructor(before: (worker: FakeWorker) => Promise<void> | void) {
    super();
    this.#before = before;
  }

  async postMessage(request: ModelRequest): Promise<void> {
    this.asked++;
    await this.#before(this);
    if (request.kind === "embed") this.reply({ kind: "embedded", vector: new Float32Array(384).fill(1) });
    else this.reply({ kind: "measured", tokens: request.texts.map(({ length }) => length) });
  }

  reply(data: ModelReply): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }

  terminate(): void {
    this.isEnded = true;
  }

  ref(): void {
    this.isReferenced = true;
  }

  unref(): void {
    this.isReferenced = false;
  }
}

function cosine(one: Float32Array | undefined, other: Float32Array | undefined): number {
  return one?.reduce((sum, value, index) => sum + value * (other?.[index] ?? 0), 0) ?? Number.NaN;
}
