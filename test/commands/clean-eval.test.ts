import { expect, test } from "bun:test";
import { type EvaluatedCorpus, onEveryCorpus, onServerCorpus } from "../support/evaluated-corpus.ts";
import { systemClock } from "../../src/flow/clock.ts";
import { startOllama } from "../support/ollama-stand-in.ts";

const CASES = [
  ["one", "click on the header of a column", "grid"],
  ["two", "needle haystack", "string"],
  ["three", "report paper driver", "printer"],
  ["four", "bytes from the network", "socket"],
] as const;

const clean = (corpus: EvaluatedCorpus, ...more: string[]) =>
  corpus.ingest("--clean", "--eval", "cases.jsonl", ...more);

/** A database whose new rows lose their words on the way in, so that no text search finds them; those that are there stay. */
async function losingWords<Result>(corpus: EvaluatedCorpus, work: () => Promise<Result>): Promise<Result> {
  await corpus.sql(`create function lose_words() returns trigger language plpgsql as
    'begin new.title = ''''; new.context_header = ''''; new.content = ''''; return new; end'`);
  await corpus.sql("create trigger lose_words before insert on chunks for each row execute function lose_words()");
  try {
    return await work();
  } finally {
    await corpus.sql("drop trigger if exists lose_words on chunks");
    await corpus.sql("drop table if exists chunks_rebuild, ingest_documents_rebuild");
    await corpus.sql("drop function lose_words");
  }
}

/** The texts of the corpus that readers have. */
function contentsOf(corpus: EvaluatedCorpus): Promise<string[]> {
  return corpus.store(async (store) => {
    const contents: string[] = [];
    for await (const chunks of store.scan({ withContent: true }))
      contents.push(...chunks.map(({ content }) => content));
    return contents.sort();
  });
}

onEveryCorpus("--clean --eval", (corpus) => {
  const rows = () => contentsOf(corpus());
  test("swaps in a rebuild that is as good as what readers have, and prints both reports", async () => {
    corpus().writeCases("cases.jsonl", CASES);
    const { exitCode, stdout } = await clean(corpus());
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^the rebuild in /m);
    expect(stdout).toMatch(/text +before +1\.000/);
    expect(stdout).toMatch(/ now( +1\.000)+ +4 +0 +0 +4 +1\.000/);
    expect(stdout).toMatch(/^docs .* OK$/m);
  });

  test("keeps a rebuild whose text half finds nothing from being swapped in: exit code 1", async () => {
    corpus().writeCases("cases.jsonl", CASES);
    const before = await rows();
    await losingWords(corpus(), async () => {
      const { exitCode, stdout, stderr } = await clean(corpus());
      expect(exitCode).toBe(1);
      expect(stdout).toContain("worse than the baseline: text mrr is 0.000, was 1.000");
      expect(stderr).toContain("the rebuild is not swapped in and the old corpus stays");
      expect(stderr).toMatch(/to swap it in all the same: bbj-ingest-all --clean\n/);
      expect(await rows()).toEqual(before);

      // What was embedded is there; without --eval nobody judges it.
      const forced = await corpus().ingest("--clean", "--json");
      expect(forced.exitCode).toBe(0);
      const summary = forced.stdout
        .split("\n")
        .map((line) => JSON.parse(line || "{}"))
        .find(({ type }) => type === "summary");
      expect(summary).toMatchObject({ embedded: 0 });
      expect(await rows()).toEqual(["", "", "", ""]);
    });
    expect((await corpus().ingest("--clean")).exitCode).toBe(0);
    expect(await rows()).toEqual(before);
  });

  test("holds a rebuild against a baseline, and against floors", async () => {
    corpus().writeCases("cases.jsonl", CASES);
    await corpus().eval("cases.jsonl", "--baseline", "kept.json", "--update-baseline");
    await losingWords(corpus(), async () => {
      const worse = await clean(corpus(), "--baseline", "kept.json", "--json");
      expect(worse.exitCode).toBe(1);
      const verdict = worse.stdout
        .split("\n")
        .map((line) => JSON.parse(line || "{}"))
        .find(({ type }) => type === "verdict");
      expect(verdict).toMatchObject({ exit_code: 1 });
      const tolerated = ["--baseline", "kept.json", "--tolerance", "1"];
      expect((await clean(corpus(), ...tolerated, "--min", "text:mrr=0.5")).exitCode).toBe(1);
    });
    const good = await clean(corpus(), "--baseline", "kept.json", "--min", "mrr=0.5");
    expect([good.exitCode, good.stdout]).toEqual([0, expect.stringContaining("against the baseline of")]);
  });

  test("begins nothing when it could not measure", async () => {
    corpus().writeCases("cases.jsonl", CASES);
    corpus().write("broken.jsonl", "{");
    const say = async (...args: string[]) => {
      const { exitCode, stderr, stdout } = await corpus().ingest(...args);
      expect([exitCode, stdout]).toEqual([2, ""]);
      return stderr;
    };
    expect(await say("--clean", "--eval", "none.jsonl")).toContain("none.jsonl does not exist");
    expect(await say("--clean", "--eval", "broken.jsonl")).toContain("not JSON");
    expect(await say("--clean", "--eval", "cases.jsonl", "--baseline", "none.json")).toContain(
      "none.json does not exist",
    );
    expect(await say("--eval", "cases.jsonl")).toContain("--eval needs --clean");
    expect(await say("--clean", "--min", "mrr=0.5")).toContain("--min needs --eval FILE");
    expect(await say("--clean", "--eval", "cases.jsonl", "--min", "mmr=0.5")).toContain('did you mean "mrr"');
    expect(await say("--clean", "--eval", "cases.jsonl", "--source", "docs")).toContain(
      "--eval cannot be combined with --source",
    );
  });
});

onServerCorpus("--clean --eval with another model", (corpus) => {
  const withOllama = async (onQuestion: () => "reset" | undefined, world = {}) => {
    corpus().writeCases("cases.jsonl", CASES);
    const [, , [, question]] = CASES;
    await using server = await startOllama({
      dimensions: 32,
      fault: async (_, texts) => (texts.some((text) => text.endsWith(question)) ? onQuestion() : undefined),
    });
    const model = ["--embedder", "ollama", "--dimensions", "32", "--ollama-host", server.url];
    return await corpus().ingestIn(world, "--clean", "--eval", "cases.jsonl", ...model);
  };

  test("asks each corpus with its own", async () => {
    let asked = 0;
    const { stdout } = await withOllama(() => void asked++);
    expect(stdout).toMatch(/^lexical feature-hashing-v1 \(96 dimensions\)\n4 questions/m);
    expect(stdout).toMatch(/^ollama qwen3-embedding:0\.6b \(32 dimensions\)\n4 questions/m);
    expect(stdout).toContain("the baseline is of another model: lexical feature-hashing-v1 (96 dimensions)");
    expect(asked).toBe(1);
    // Whatever became of it: as the other tests want it.
    expect((await corpus().ingest("--clean")).exitCode).toBe(0);
  });

  test("does not swap in what could not be measured: exit code 1", async () => {
    const before = await contentsOf(corpus());
    // What may pass is tried again, without waiting.
    const { exitCode, stderr } = await withOllama(() => "reset", {
      clock: { ...systemClock, sleep: async () => {} },
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the old corpus stays: the rebuild could not be measured");
    expect(await contentsOf(corpus())).toEqual(before);
    expect((await corpus().eval("cases.jsonl")).stdout).toContain("lexical feature-hashing-v1");
  });

  test("does not swap in what was being measured when it was interrupted: exit code 130", async () => {
    const { exitCode } = await withOllama(() => {
      corpus().interrupt();
      return undefined;
    });
    expect(exitCode).toBe(130);
    expect((await corpus().eval("cases.jsonl")).stdout).toContain("lexical feature-hashing-v1");
  });

  test("holds the first corpus of a database against floors alone", async () => {
    corpus().writeCases("cases.jsonl", CASES);
    await corpus().sql("drop table chunks, ingest_documents, ingest_meta");
    const below = await clean(corpus(), "--min", "mrr=1,ndcg=1,hit@1=1", "--mode", "hybrid", "--k", "2");
    expect([below.exitCode, below.stdout]).toEqual([0, expect.not.stringContaining("against the baseline")]);
    expect((await corpus().eval("cases.jsonl", "--min", "mrr=1")).exitCode).toBe(0);
  });

  test("begins nothing when the corpus that readers have cannot be measured", async () => {
    corpus().writeCases("cases.jsonl", CASES);
    const rename = (from: string, to: string) =>
      corpus().sql(`update ingest_meta set value = replace(value, '${from}', '${to}') where key = 'identity'`);
    await rename("l", "L");
    const { exitCode, stderr } = await clean(corpus());
    await rename("L", "l");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("the corpus that readers have, cannot be measured");
    expect(stderr).toContain("--baseline FILE");
  });
});
