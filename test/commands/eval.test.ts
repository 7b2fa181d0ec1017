import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { evalLines } from "../../scripts/json-events.ts";
import { onEveryCorpus, onServerCorpus } from "../support/evaluated-corpus.ts";
import { startOllama } from "../support/ollama-stand-in.ts";

/** Two chunks, of which a question can be made that the other one answers. */
const LONG_PAGE = [
  "# Envelopes\n\nTells the driver of the printer which of its trays holds them.",
  ...["Choosing a tray", "Printing an address on the back"].map(
    (heading) =>
      `## ${heading}\n\n${"Every printer counts in its own way, and says so on the first sheet. ".repeat(14)}`,
  ),
].join("\n\n");

const anyLine = z.union(evalLines);

/** Every line of `--json`, checked against what the README says of it. */
function checked(stdout: string) {
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => z.looseObject({ type: z.string() }).parse(anyLine.parse(JSON.parse(line))));
}

onEveryCorpus("eval", (corpus) => {
  test("says for each tag and mode how often and how high the right answers stand", async () => {
    corpus().writeCases("cases.jsonl", [
      ["one", "click on the header of a column", "grid", "sentence"],
      ["two", "needle haystack", "string", "words"],
      ["three", "rows are sorted by a click", "printer", "words"],
    ]);
    const { exitCode, stdout } = await corpus().eval("cases.jsonl");
    expect(exitCode).toBe(0);
    const rows = stdout.split("\n").map((row) => row.trim().split(/ {2,}/).slice(0, 4));
    expect(rows).toContainEqual(["Tag", "Mode", "Questions", "hit@1"]);
    for (const mode of ["hybrid", "vector", "text"]) {
      expect(rows).toContainEqual(["(all)", mode, "3", "0.667"]);
      expect(rows).toContainEqual(["sentence", mode, "1", "1.000"]);
      expect(rows).toContainEqual(["words", mode, "2", "0.500"]);
    }
    expect(stdout).toMatch(/recall@10 1\.000/);
    expect(stdout).toContain("lexical feature-hashing-v1 (96 dimensions)");
  });

  test("--json has a line for all of it, for each row of figures and for each question", async () => {
    corpus().writeCases("cases.jsonl", [
      ["one", "click on the header of a column", "grid", "sentence"],
      ["three", "rows are sorted by a click", "printer"],
    ]);
    const { stdout } = await corpus().eval("cases.jsonl", "--json", "--mode", "text,vector", "--k", "3");
    const lines = checked(stdout);
    expect(lines[0]).toMatchObject({
      ...{ type: "eval", file: "cases.jsonl", questions: 2, k: 3, modes: ["text", "vector"], unanswerable: [] },
      ...{ model: "feature-hashing-v1", recall: 1, nearest_lost: 0 },
    });
    const figures = lines.filter(({ type }) => type === "figures");
    expect(figures.map(({ tag, mode, questions }) => [tag, mode, questions])).toEqual([
      [null, "text", 2],
      [null, "vector", 2],
      ["sentence", "text", 1],
      ["sentence", "vector", 1],
    ]);
    expect(figures[2]).toMatchObject({ "hit@1": 1, "hit@3": 1, mrr: 1, ndcg: 1 });
    expect(figures[2]).not.toHaveProperty("hit@5");
    expect(lines.filter(({ type, id, mode }) => type === "question" && id === "one" && mode === "text")).toMatchObject([
      { rank: 1, query: "click on the header of a column", answers: [expect.stringContaining("grid.md")] },
    ]);
    expect(lines.at(-1)).toMatchObject({ type: "verdict", exit_code: 0 });
  });

  test("--mode text embeds nothing", async () => {
    corpus().writeCases("cases.jsonl", [["one", "needle", "string"]]);
    const { stdout } = await corpus().eval("cases.jsonl", "--json", "--mode", "text");
    expect(checked(stdout)[0]).toMatchObject({ embedding_p50_ms: null, recall: null });
  });

  test("names the questions that no chunk of the corpus answers; they count as missed", async () => {
    corpus().write(
      "cases.yaml",
      [
        "- {id: here, query: needle, expect: {source_url: 'docs://string.md', doc_type: tutorial}}",
        "- {id: gone, query: needle, expect: {source_url: 'docs://strings.md'}}",
        "- {id: other text, query: needle, expect: {source_url: 'docs://string.md', content_contains: printer}}",
        "- {id: of another source, query: needle, source: manual, expect: {url_contains: string}}",
      ].join("\n"),
    );
    const { exitCode, stdout } = await corpus().eval("cases.yaml", "--mode", "hybrid");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/\(all\) +hybrid +4 +0\.250/);
    expect(stdout).toContain("3 questions that no chunk answers: gone, other text, of another source");
  });

  test("says what was meant by a source, a generation or a document type that the corpus has not", async () => {
    corpus().write(
      "cases.yaml",
      [
        "- {id: here, query: needle, expect: {source_url: 'docs://string.md'}}",
        "- {id: type, query: needle, expect: [{url_contains: string, doc_type: tutorail}]}",
        "- {id: tag, query: needle, generation: bjb, expect: {url_contains: string}}",
        "- {id: from, query: needle, expect: {source: dosc}}",
      ].join("\n"),
    );
    const { exitCode, stderr } = await corpus().eval("cases.yaml", "--mode", "text");
    expect(exitCode).toBe(0);
    expect(stderr.split("\n").filter((line) => line.startsWith("warning: "))).toEqual([
      'warning: question "type": unknown document type "tutorail"; did you mean "tutorial"? (document types: tutorial)',
      'warning: question "tag": unknown generation "bjb"; did you mean "bbj"? (generations: bbj)',
      'warning: question "from": unknown source "dosc"; did you mean "docs"? (sources: docs)',
    ]);
    expect((await corpus().eval("cases.yaml", "--mode", "text", "-q")).stderr).toBe("");
  });

  test("passes over what a question says is to be ignored", async () => {
    corpus().write(
      "cases.jsonl",
      JSON.stringify({
        ...{ id: "1", query: "needle haystack printer driver", expect: { url_contains: "string" } },
        ignore: { url_contains: "printer" },
      }),
    );
    const first = await corpus().eval("cases.jsonl", "--json", "--mode", "vector");
    expect(checked(first.stdout).find(({ type }) => type === "question")).toMatchObject({ rank: 1 });
  });

  test("ends with 1 below a floor, and says by how much", async () => {
    corpus().writeCases("cases.jsonl", [
      ["one", "click on the header of a column", "grid"],
      ["three", "rows are sorted by a click", "printer"],
    ]);
    const held = await corpus().eval("cases.jsonl", "--min", "hit@1=0.5,text:mrr=0.5", "--min", "recall=0.99");
    expect(held.exitCode).toBe(0);
    const below = await corpus().eval("cases.jsonl", "--min", "text:hit@1=0.51", "--mode", "text");
    expect(below.exitCode).toBe(1);
    expect(below.stdout).toContain("below the floor: text hit@1 is 0.500, not 0.51");
  });

  test("does not start with a file, a flag or a corpus that is not right", async () => {
    corpus().writeCases("cases.jsonl", [["one", "needle", "string"]]);
    const say = async (...args: string[]) => {
      const { exitCode, stderr } = await corpus().eval(...args);
      expect(exitCode).toBe(2);
      return stderr;
    };
    expect(await say("none.jsonl")).toContain("none.jsonl does not exist");
    expect(await say("cases.jsonl", "--min", "mmr=0.5")).toContain('unknown metric "mmr"; did you mean "mrr"?');
    expect(await say("cases.jsonl", "--min", "text:mrr=0.5", "--mode", "hybrid")).toContain("--min text:mrr");
    expect(await say("cases.jsonl", "--min", "hit@5=0.5", "--k", "3")).toContain("hit@5");
    expect(await say("cases.jsonl", "--min", "recall=1", "--mode", "text")).toContain(
      "--min recall=1: --mode text asks no vectors",
    );
    expect(await say("cases.jsonl", "--mode", "hybird")).toContain("--mode must be hybrid, vector or text");
    expect(await say("cases.jsonl", "--dimensions", "32")).toContain("was made with lexical");
    expect(await say("cases.jsonl", "other.jsonl")).toContain("eval takes one file");
    expect(await say("cases.jsonl", "--database-url", `pglite:${corpus().cwd}/empty`)).toContain("there is no corpus");
  });
});

onEveryCorpus("eval against a baseline", (corpus) => {
  const CASES = [
    ["one", "click on the header of a column", "grid"],
    ["two", "needle haystack", "string"],
    ["three", "report paper driver", "printer"],
    ["four", "bytes from the network", "socket"],
    ["five", "sorted rows", "grid"],
    ["six", "channel to a host", "socket"],
  ] as const;
  const withBaseline = async (name: string, ...more: string[]) => {
    corpus().writeCases("cases.jsonl", CASES);
    const made = await corpus().eval("cases.jsonl", "--baseline", name, "--update-baseline", ...more);
    expect([made.exitCode, made.stderr]).toEqual([0, expect.stringContaining(`${name} written`)]);
  };

  test("finds the same as the one that --update-baseline wrote", async () => {
    await withBaseline("same.json");
    const questions = corpus().read("same.json").split("\n");
    expect(questions.filter((line) => line.includes('"id":"four"'))).toHaveLength(1);
    const same = await corpus().eval("cases.jsonl", "--baseline", "same.json", "--json");
    expect(same.exitCode).toBe(0);
    const lines = checked(same.stdout);
    expect(lines.filter(({ type }) => type === "comparison")).toMatchObject(
      ["hybrid", "vector", "text"].map((mode) => ({ mode, questions: 6, won: 0, lost: 0, equal: 6, p: 1 })),
    );
    expect(lines.filter(({ type }) => type === "loser")).toEqual([]);
    expect(lines.at(-1)).toMatchObject({ exit_code: 0, below_baseline: [] });
  });

  test("names the questions that are new, gone or changed, and does not compare them", async () => {
    await withBaseline("six.json", "--mode", "text");
    corpus().writeCases("changed.jsonl", [
      ["one", "click on a header", "grid"],
      ...CASES.slice(1, 5),
      ["seven", "paper", "printer"],
    ]);
    const { exitCode, stdout } = await corpus().eval("changed.jsonl", "--baseline", "six.json", "--mode", "text");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("not in the baseline: seven");
    expect(stdout).toContain("not asked any more: six");
    expect(stdout).toContain("asks something else now: one");
    expect(stdout).toContain("the baseline is of cases.jsonl");
    expect(stdout).toMatch(/ now( +1\.000)+ +4 +0 +0 +4 +1\.000/);
  });

  test("does not start with one that is none, and leaves it as it is", async () => {
    corpus().writeCases("cases.jsonl", CASES);
    for (const [name, text] of [
      ["cases.jsonl", corpus().read("cases.jsonl")],
      ["foreign.json", '{"k": 10}'],
      ["empty.json", ""],
    ] as const) {
      corpus().write(name, text);
      const { exitCode, stderr } = await corpus().eval("cases.jsonl", "--baseline", name, "--update-baseline");
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`${name} is no baseline`)]);
      expect(corpus().read(name)).toBe(text);
    }
  });

  test("does not start when there is nothing to compare with", async () => {
    await withBaseline("text.json", "--mode", "text");
    const say = async (file: string, ...args: string[]) => {
      const { exitCode, stderr } = await corpus().eval(file, ...args);
      expect(exitCode).toBe(2);
      return stderr;
    };
    const none = await say("cases.jsonl", "--baseline", "none.json");
    expect(none).toContain("none.json does not exist");
    expect(none).toContain("--update-baseline");
    expect(await say("cases.jsonl", "--baseline", "text.json", "--k", "5")).toContain("with --k 10");
    expect(await say("cases.jsonl", "--baseline", "text.json", "--mode", "vector")).toContain(
      "has none of the modes vector",
    );
    expect(await say("cases.jsonl", "--update-baseline")).toContain("--update-baseline needs --baseline FILE");
    expect(await say("cases.jsonl", "--tolerance", "0.1")).toContain("--tolerance needs --baseline FILE");
    expect(await say("cases.jsonl", "--baseline", "text.json", "--tolerance", "2")).toContain("--tolerance must be");
    expect(await say("cases.jsonl", "--baseline", "none/b.json", "--update-baseline")).toContain(
      "none/b.json cannot be written",
    );
    corpus().writeCases("others.jsonl", [["eight", "paper", "printer"]]);
    expect(await say("others.jsonl", "--baseline", "text.json")).toContain("none of these questions");
    corpus().writeCases("reworded.jsonl", [["two", "needle in a haystack", "string"]]);
    expect(await say("reworded.jsonl", "--baseline", "text.json")).toContain("asks something else in all of them");
  });

  test("is worse with a text half that finds nothing: exit code 1, and the losers with both rankings", async () => {
    await withBaseline("before.json");
    await corpus().withoutTextHalf(async () => {
      const { exitCode, stdout } = await corpus().eval("cases.jsonl", "--baseline", "before.json", "--json");
      expect(exitCode).toBe(1);
      const lines = checked(stdout);
      const comparisons = lines.filter(({ type }) => type === "comparison");
      // 2 * 0.5^6: all six lost.
      expect(comparisons.find(({ mode }) => mode === "text")).toMatchObject({
        ...{ won: 0, lost: 6, equal: 0, p: 0.03125, mrr: 0, "hit@1": 0 },
      });
      expect(comparisons.find(({ mode }) => mode === "vector")).toMatchObject({ lost: 0, equal: 6 });
      const losers = lines.filter(({ type, mode }) => type === "loser" && mode === "text");
      expect(losers).toHaveLength(6);
      expect(losers.find(({ id }) => id === "two")).toMatchObject({
        ...{ rank: null, rank_before: 1, answers: [], answers_before: [expect.stringContaining("string.md")] },
      });
      expect(lines.at(-1)).toMatchObject({ exit_code: 1 });
      expect(lines.at(-1)?.below_baseline).toContainEqual({ mode: "text", metric: "mrr", value: 0, baseline: 1 });

      const inText = ["cases.jsonl", "--baseline", "before.json", "--mode", "text"];
      const text = await corpus().eval(...inText);
      expect(text.exitCode).toBe(1);
      expect(text.stdout).toContain("worse than the baseline: text mrr is 0.000, was 1.000");
      expect(text.stdout).toMatch(/two: needle haystack\n +before +1: \S+string\.md.*\n +now +-: nothing$/m);
      expect((await corpus().eval(...inText, "--tolerance", "1")).exitCode).toBe(0);
    });
  });

  test("becomes what is worse when it is asked to, unless that is below a floor", async () => {
    await withBaseline("updated.json", "--mode", "text");
    const before = corpus().read("updated.json");
    const args = ["cases.jsonl", "--baseline", "updated.json", "--mode", "text"];
    await corpus().withoutTextHalf(async () => {
      const floored = await corpus().eval(...args, "--update-baseline", "--min", "mrr=0.5");
      expect([floored.exitCode, floored.stderr]).toEqual([1, expect.stringContaining("updated.json stays as it is")]);
      expect(corpus().read("updated.json")).toBe(before);
      const { exitCode, stdout } = await corpus().eval(...args, "--update-baseline");
      expect([exitCode, stdout]).toEqual([
        0,
        expect.stringContaining("worse than the baseline: text mrr is 0.000, was 1.000"),
      ]);
      expect((await corpus().eval(...args)).exitCode).toBe(0);
    });
    const { stderr } = await corpus().eval(
      "cases.jsonl",
      "--baseline",
      "updated.json",
      "--mode",
      "text,vector",
      "--update-baseline",
    );
    expect(stderr).toBe("updated.json written\n");
    const less = await corpus().eval(...args, "--update-baseline");
    expect(less.stderr).toBe("updated.json written, without vector, which it had\n");
  });
});

onEveryCorpus("eval --generate", (corpus) => {
  test("makes a file of questions, the same for the same seed, and measures what is found", async () => {
    corpus().write("docs/long.md", LONG_PAGE);
    expect((await corpus().ingest()).exitCode).toBe(0);
    const { exitCode, stdout } = await corpus().eval("made.jsonl", "--generate", "2", "--seed", "3", "--json");
    expect(exitCode).toBe(0);
    const made = corpus().read("made.jsonl");
    expect(made.trim().split("\n")).toHaveLength(2);
    expect(checked(stdout)[0]).toMatchObject({ file: "made.jsonl", questions: 2, unanswerable: [] });
    await corpus().eval("again.jsonl", "--generate", "2", "--seed", "3");
    expect(corpus().read("again.jsonl")).toBe(made);
    expect((await corpus().eval("made.jsonl", "--json")).stdout).toContain('"questions":2');
  });

  test("writes over no file, and no YAML", async () => {
    corpus().write("mine.jsonl", "mine");
    const say = async (...args: string[]) => {
      const { exitCode, stderr } = await corpus().eval(...args);
      expect(exitCode).toBe(2);
      return stderr;
    };
    expect(await say("mine.jsonl", "--generate", "2")).toContain("mine.jsonl is there already");
    expect(corpus().read("mine.jsonl")).toBe("mine");
    expect(await say("new.yaml", "--generate", "2")).toContain("JSON Lines");
    expect(await say("none/new.jsonl", "--generate", "2")).toContain("none/new.jsonl cannot be written");
    expect(await say("new.jsonl", "--seed", "2")).toContain("--seed needs --generate N");
    expect(await say("new.jsonl", "--generate", "2", "--baseline", "b.json")).toContain("cannot be combined");
  });
});

onServerCorpus("eval while a rebuild is swapped in", (corpus) => {
  test("reports no mixture of two models, and makes no baseline of it", async () => {
    corpus().writeCases("cases.jsonl", [
      ["one", "needle haystack", "string"],
      ["two", "report paper driver", "printer"],
    ]);
    let swapped: Promise<{ exitCode: number }> | undefined;
    await using server = await startOllama({
      dimensions: 32,
      async fault(_, texts) {
        if (texts.some((text) => text.endsWith("report paper driver"))) await (swapped ??= corpus().ingest("--clean"));
        return undefined;
      },
    });
    const model = ["--embedder", "ollama", "--dimensions", "32", "--ollama-host", server.url];
    expect((await corpus().ingest("--clean", ...model)).exitCode).toBe(0);

    const baseline = ["--baseline", "mixed.json", "--update-baseline"];
    const { exitCode, stdout, stderr } = await corpus().eval("cases.jsonl", ...model, ...baseline);
    expect((await swapped)?.exitCode).toBe(0);
    expect([exitCode, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("a rebuild with another model was swapped in");
    expect(existsSync(join(corpus().cwd, "mixed.json"))).toBe(false);
  });
});

onServerCorpus("eval of a question that is too long for the model", (corpus) => {
  test("goes on, names it, and asks it as search does", async () => {
    corpus().writeCases("cases.jsonl", [
      ["saga", `haystack ${"needle ".repeat(300)}`, "string"],
      ["two", "report paper driver", "printer"],
    ]);
    await using server = await startOllama({ dimensions: 32, contextTokens: 200 });
    const model = ["--embedder", "ollama", "--dimensions", "32", "--ollama-host", server.url];
    expect((await corpus().ingest("--clean", ...model)).exitCode).toBe(0);

    const { exitCode, stdout } = await corpus().eval("cases.jsonl", "--json", ...model);
    expect(exitCode).toBe(0);
    const lines = checked(stdout);
    expect(lines[0]).toMatchObject({ questions: 2, refused: ["saga"], unanswerable: [] });
    const saga = lines.filter(({ type, id }) => type === "question" && id === "saga");
    expect(saga.map(({ mode, rank }) => [mode, rank])).toEqual([
      ["hybrid", 1],
      ["vector", null],
      ["text", 1],
    ]);
    const told = await corpus().eval("cases.jsonl", ...model);
    expect(told.stdout).toMatch(/1 question that the model refuses, .*: saga\n {2}.*(long|exceeds)/);
    corpus().writeCases("one.jsonl", [["saga", `haystack ${"needle ".repeat(300)}`, "string"]]);
    const none = await corpus().eval("one.jsonl", "--mode", "vector", ...model);
    expect(none.stdout).toMatch(/\(all\) +vector +1( +0\.000)+ +- +-\n/);
  });
});
