import { describe, expect, test } from "bun:test";
import type { EvalCase } from "../../src/eval/eval-case.ts";
import { halvesOf } from "../../src/eval/figures.ts";
import { belowFloors, readFloors } from "../../src/eval/floors.ts";
import { type AskedCorpus, measure } from "../../src/eval/measure.ts";
import { IngestError } from "../../src/flow/errors.ts";
import { SEARCH_MODES, type SearchHit, type SearchRequest } from "../../src/store/store.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** A chunk as search gives it. */
function hit(sourceUrl: string, more: Partial<SearchHit> = {}): SearchHit {
  return {
    ...{ score: 0, cosine: null, title: "", contextHeader: "", sourceUrl, displayUrl: "", sourceName: "docs" },
    ...{ sourceType: "Manual", docType: "concept", generations: ["dwc"], deprecated: false },
    ...{ content: "", contentHash: sourceUrl },
    ...more,
  };
}

function question(more: Partial<EvalCase>): EvalCase {
  return { id: "1", query: "q", expect: [], ignore: [], tags: [], ...more };
}

/** A corpus of `all` that answers by `find`. */
function corpusOf(
  all: readonly SearchHit[],
  find: (asked: Omit<SearchRequest, "vector">) => SearchHit[] = () => [...all],
): AskedCorpus {
  return {
    embed: async () => {},
    find: async (asked) => find(asked),
    async *scan() {
      yield all.map((one, chunkIndex) => ({ ...one, chunkIndex }));
    },
  };
}

async function measured(one: EvalCase, corpus: AskedCorpus, k = 10) {
  const [answered] = await measure([one], corpus, { modes: ["vector"], k, clock: new FakeClock() });
  return { answered, outcome: answered?.outcomes.get("vector") };
}

describe("a question", () => {
  const pages = [hit("a"), hit("b"), hit("b", { content: "more of it" }), hit("c"), hit("d")];

  test("is answered by the first chunk that any expectation is met by", async () => {
    const expected = [{ sourceUrl: "d" }, { sourceUrl: "c" }];
    const { outcome } = await measured(question({ expect: expected }), corpusOf(pages));
    expect(outcome).toMatchObject({ rank: 4, answers: ["a", "b", "b", "c", "d"] });
  });

  test("is met by all of an expectation or not at all", async () => {
    const expected = [{ sourceUrl: "b", contentContains: "MORE  of" }];
    const { outcome } = await measured(question({ expect: expected }), corpusOf(pages));
    expect(outcome?.rank).toBe(3);
  });

  test("compares what is contained without regard to case, white space and the form of accents", async () => {
    const page = hit("x", {
      title: "Ra\u0308der",
      displayUrl: "https://host/Grid.htm",
      content: "rows\n  are\tsorted",
    });
    for (const one of [
      { titleContains: "RÄD" },
      { urlContains: "host/grid" },
      { contentContains: "Rows are sorted" },
      { generations: ["DWC"] },
    ]) {
      const { outcome } = await measured(question({ expect: [one] }), corpusOf([page]));
      expect(outcome?.rank).toBe(1);
    }
    const { outcome } = await measured(question({ expect: [{ sourceUrl: "X" }] }), corpusOf([page]));
    expect(outcome?.rank).toBeUndefined();
  });

  test("is asked without the texts that it ignores, which answer nothing", async () => {
    const asked: unknown[] = [];
    const corpus = corpusOf(pages, (one) => {
      asked.push(one.without);
      return pages.slice(1);
    });
    const { outcome, answered } = await measured(
      question({ expect: [{ sourceUrl: "a" }], ignore: [{ sourceUrl: "a" }] }),
      corpus,
    );
    expect(asked).toEqual([["a"], ["a"]]);
    expect(outcome?.rank).toBeUndefined();
    expect(answered?.isAnswerable).toBe(false);
  });

  test("that the model refuses is asked by its words, as search does, and missed by its meaning alone", async () => {
    const tooLong = new IngestError("input is too long", { decision: "split", code: "too_long" });
    const cases = ["saga", "tale"].map((id) => question({ id, query: id, expect: [{ sourceUrl: "a" }] }));
    const corpus = corpusOf(pages, ({ mode, text }) => (text === "saga" && mode !== "text" ? [] : [...pages]));
    const refusing = {
      ...corpus,
      embed: async (text: string) => {
        if (text === "saga") throw tooLong;
      },
    };
    const answered = await measure(cases, refusing, { modes: SEARCH_MODES, k: 10, clock: new FakeClock() });
    expect(answered.map(({ refused }) => refused)).toEqual(["input is too long", undefined]);
    const ranks = answered.map(({ outcomes }) => SEARCH_MODES.map((mode) => outcomes.get(mode)?.rank));
    expect(ranks).toEqual([
      [1, undefined, 1],
      [1, 1, 1],
    ]);
    expect(answered[0]).toMatchObject({ embedMs: undefined, recall: undefined });
    expect(answered[0]?.outcomes.get("vector")).toMatchObject({ ms: undefined, answers: [] });
  });

  test("that no model can be asked about for another reason ends it", async () => {
    for (const decision of ["retry", "fatal"] as const) {
      const away = new IngestError("it is away", { decision, code: "embedder_unreachable" });
      const asked = measured(question({}), { ...corpusOf(pages), embed: () => Promise.reject(away) });
      expect(asked).rejects.toThrow("it is away");
    }
  });

  test("gains by each page once, against all pages there are", async () => {
    const { outcome } = await measured(
      question({ expect: [{ urlContains: "b" }, { sourceUrl: "d" }] }),
      corpusOf(pages),
    );
    expect(outcome?.ndcg).toBeCloseTo((1 / Math.log2(3) + 1 / Math.log2(6)) / (1 + 1 / Math.log2(3)), 12);
    const missed = corpusOf(pages, () => [hit("b")]);
    const half = await measured(question({ expect: [{ urlContains: "b" }, { sourceUrl: "d" }] }), missed);
    expect(half.outcome?.ndcg).toBeCloseTo(1 / (1 + 1 / Math.log2(3)), 12);
  });
});

test("a floor under what could not be measured holds for nothing", async () => {
  const tooLong = new IngestError("input is too long", { decision: "split", code: "too_long" });
  const { answered } = await measured(question({}), { ...corpusOf([]), embed: () => Promise.reject(tooLong) });
  const all = { answered: answered === undefined ? [] : [answered], modes: ["vector" as const], k: 10 };
  expect(belowFloors(readFloors(["recall=0.9", "mrr=0"]), all)).toEqual([
    { mode: null, metric: "recall", value: 0, least: 0.9 },
  ]);
});

describe("recall", () => {
  const near = (sourceUrl: string, cosine: number) => hit(sourceUrl, { cosine });
  const expected = question({ expect: [{ sourceUrl: "a" }] });
  const exact = [near("a", 0.9), near("b", 0.8), near("c", 0.7), near("d", 0.6)];
  const recallOf = async (found: readonly SearchHit[]) => {
    const { answered } = await measured(
      expected,
      corpusOf(exact, (asked) => [...(asked.exact ? exact : found)]),
    );
    return answered && { ...answered.recall, ...halvesOf({ answered: [answered] }).recall };
  };

  test("is the share of the nearest chunks that the index finds", async () => {
    expect(await recallOf(exact)).toEqual({ share: 1, isNearestLost: false, nearestLost: 0, questions: 1 });
    expect(await recallOf([near("a", 0.9), near("d", 0.6), near("e", 0.5), near("f", 0.4)])).toMatchObject({
      share: 0.5,
    });
  });

  test("says when the nearest one is lost", async () => {
    expect(await recallOf(exact.slice(1))).toMatchObject({ share: 0.75, isNearestLost: true, nearestLost: 1 });
  });

  test("takes what is as near for as good", async () => {
    expect(await recallOf([near("z", 0.9), ...exact.slice(1, 3), near("y", 0.6)])).toMatchObject({
      share: 1,
      isNearestLost: false,
    });
  });
});
