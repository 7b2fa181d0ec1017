import { expect, test } from "bun:test";
import { z } from "zod";
import { evalLines } from "../../scripts/json-events.ts";
import { onEveryCorpus } from "../support/evaluated-corpus.ts";

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
    expect(stdout).toContain("lexical feature-hashing-v1 (64 dimensions)");
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
    expect(await say("cases.jsonl", "--mode", "hybird")).toContain("--mode must be hybrid, vector or text");
    expect(await say("cases.jsonl", "--dimensions", "32")).toContain("was made with lexical");
    expect(await say("cases.jsonl", "other.jsonl")).toContain("eval takes one file");
    expect(await say("cases.jsonl", "--database-url", `pglite:${corpus().cwd}/empty`)).toContain("there is no corpus");
  });
});
