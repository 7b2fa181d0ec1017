import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ingest } from "../../src/commands/ingest.ts";
import { search } from "../../src/commands/search.ts";
import type { World } from "../../src/commands/world.ts";
import { parseCommandLine } from "../../src/config/flags.ts";
import { type Clock, systemClock } from "../../src/flow/clock.ts";
import { messageOf } from "../../src/flow/errors.ts";
import { startParseWorker } from "../../src/start-parse-worker.ts";
import { embeddedLane, type Lane, serverLane, type TestDatabase } from "../support/databases.ts";
import { failureOf } from "../support/failure-of.ts";
import { ollamaFaults, startOllama } from "../support/ollama-stand-in.ts";
import { HandClock } from "../support/hand-clock.ts";
import { until } from "../support/until.ts";
import { hintOf } from "../support/plain-call.ts";
import type { StandIn } from "../support/stand-in-server.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
/** A chunk of its own. */
const opcode = (number: string) =>
  `## Opcode ${number}\n\n${`The opcode ${number} puts a value on the stack. `.repeat(30)}\n`;
const PAGES: Readonly<Record<string, string>> = {
  "docs/channels.md": "# Channels\n\nA channel connects a program to a file.\n",
  "docs/printers.md": "# Printers\n\nSpooled pages leave through a device that prints.\n",
  "docs/grid.md": "# Grid\n\nShows rows, which it sorts.\n",
  "docs/opcodes.md": `# Opcodes\n\n${NUMBERS.map(opcode).join("\n")}\nIts sign is a heliotrope.\n`,
  "code/shelf.bbj": "rem Shelves of a store\nclass public Shelf\n  field private BBjNumber rows!\nclassend\n",
};

/** The embedded one takes a second or more to open, for each search. */
const lane: Lane = serverLane.skipped === undefined ? serverLane : embeddedLane;
let database: TestDatabase;
let databaseUrl = "";
let ollama: StandIn;
const directory = temporaryDirectory();

beforeAll(async () => {
  ollama = await startOllama({ model: "tiny", dimensions: 64 });
  for (const [path, text] of Object.entries(PAGES)) {
    mkdirSync(dirname(join(directory.path, path)), { recursive: true });
    writeFileSync(join(directory.path, path), text);
  }
  const source = (name: string, parser: string) =>
    `[[sources]]\nname = "${name}"\nparser = "${parser}"\npaths = ["${name}"]\n`;
  writeFileSync(join(directory.path, "sources.toml"), source("docs", "mdx") + source("code", "bbj-source"));
  database = await lane.create();
  databaseUrl = database.choice.kind === "server" ? database.choice.url : `pglite:${database.choice.directory}`;
  const flags = { model: "tiny", dimensions: 64, databaseUrl, quiet: true };
  expect(await ingest({ ...flags, settings: { ollama_host: ollama.url } }, worldOf().world)).toBe(0);
}, 60_000);

afterAll(async () => {
  await ollama.stop();
  await database.drop();
  directory[Symbol.dispose]();
});

type WorldOptions = { readonly columns?: number; readonly env?: World["env"]; readonly clock?: Clock };

function worldOf({ columns, env = {}, clock = systemClock }: WorldOptions = {}) {
  const said = { stdout: "", stderr: "" };
  const world: World = {
    ...{ cwd: directory.path, program: ["bbj-ingest-all"], clock, interactiveTerminal: false },
    ...{ env, startParseWorker, onInterrupt: () => () => {} },
    stdout: { columns, write: (text) => void (said.stdout += text) },
    stderr: { write: (text) => void (said.stderr += text) },
  };
  return { world, said };
}

/** What `search` says to these words; its embedding server is at `url`. */
async function ask(words: readonly string[], options: AskOptions = {}) {
  const { said, exitCode } = begin(words, options);
  return { exitCode: await exitCode, ...said };
}

function begin(words: readonly string[], { url = ollama.url, ...how }: AskOptions) {
  const argv = ["search", ...words, "--database-url", databaseUrl, "--ollama-host", url];
  const { flags, positionals } = parseCommandLine(argv, { interactiveTerminal: false });
  const { world, said } = worldOf(how);
  return { said, exitCode: search(flags, positionals.join(" "), world) };
}

type AskOptions = WorldOptions & { readonly url?: string };

/** Nothing listens on it. */
const NOWHERE = "http://127.0.0.1:9";

describe("by mode", () => {
  test("text asks no embedding server, and finds what has the words", async () => {
    const before = ollama.requests;
    const { exitCode, stdout, stderr } = await ask(["channel file", "--mode", "text"]);
    expect({ exitCode, stderr, requests: ollama.requests }).toEqual({ exitCode: 0, stderr: "", requests: before });
    expect(stdout).toContain("1. Channels");
    expect(stdout).not.toContain("Printers");
  });

  test("vector ranks every chunk, words or none", async () => {
    const { stdout } = await ask(["channel file", "--mode", "vector", "--limit", "20"]);
    for (const title of ["Channels", "Printers", "Grid", "Shelf"]) expect(stdout).toContain(`. ${title}`);
  });
});

test("what is left out of a question is not sent to be embedded, in what is ranked by meaning", async () => {
  for (const mode of ["vector", "hybrid"]) {
    const { exitCode, stdout } = await ask(["device for pages -grid", "--mode", mode, "--limit", "20"]);
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain("Grid");
  }
  expect([...ollama.textsSeen.keys()].filter((text) => text.includes("device for pages"))).toEqual([
    "device for pages",
  ]);
});

describe("without the embedding server", () => {
  test("hybrid answers by the words, and says so with what to do", async () => {
    const { exitCode, stdout, stderr } = await ask(["channel file"], { url: NOWHERE });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("1. Channels");
    expect(stdout).not.toContain("Printers");
    expect(stderr).toMatch(/^warning: searched by words alone: http:\/\/127\.0\.0\.1:9 cannot be reached .*\n {2}\S/);
  });

  test("it says so with --quiet too, and in --json before the results", async () => {
    expect((await ask(["channel", "-q"], { url: NOWHERE })).stderr).toContain("searched by words alone");
    const { stdout, stderr } = await ask(["channel", "--json"], { url: NOWHERE });
    expect(stderr).toContain("searched by words alone");
    const [warning, ...hits] = linesOf(stdout);
    expect(warning).toMatchObject({ type: "warning", code: "embedder_unreachable" });
    expect(hits).toMatchObject([{ type: "hit", title: "Channels", cosine: null }]);
  });

  test("one that takes its time is said to be waited for, but not with --quiet", async () => {
    for (const flags of [[], ["-q"]]) {
      const clock = new HandClock();
      const release = ollama.hold();
      const { said, ...asking } = begin(["channel", ...flags], { clock });
      await until(() => ollama.inFlight > 0 && clock.sleepers > 0);
      clock.advance(5_000);
      if (flags.length === 0) await until(() => said.stderr !== "");
      release();
      expect(await asking.exitCode).toBe(0);
      expect(said.stderr).toBe(
        flags.length > 0 ? "" : `waiting for the vector of the question, up to a minute; --mode text needs none\n`,
      );
      expect(clock.sleepers).toBe(0);
    }
  });

  test("one that says nothing for a minute passes for one that is away", async () => {
    for (const mode of ["hybrid", "vector"]) {
      const clock = new HandClock();
      const release = ollama.hold();
      const { said, ...asking } = begin(["channel", "-q", "--mode", mode], { clock });
      const exitCode = asking.exitCode.catch(messageOf);
      await until(() => ollama.inFlight > 0 && clock.sleepers > 0);
      clock.advance(60_000);
      const late = "the question has no vector after 60 s";
      expect(await exitCode).toBe(mode === "hybrid" ? 0 : late);
      release();
      if (mode === "vector") continue;
      expect(said.stdout).toContain("1. Channels");
      expect(said.stderr).toStartWith(`warning: searched by words alone: ${late}\n`);
    }
  });

  test("a server that fails passes for one that is away", async () => {
    ollama.failNext(new Response("down", { status: 503 }));
    expect(await ask(["channel"])).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("words alone") });
  });

  test("a question that the model refuses is asked by its words", async () => {
    await using strict = await startOllama({ model: "tiny", dimensions: 64, contextTokens: 12 });
    const { exitCode, stdout, stderr } = await ask([`channel ${"file ".repeat(60)}`], { url: strict.url });
    expect({ exitCode, hit: stdout.includes("Channels") }).toEqual({ exitCode: 0, hit: true });
    expect(stderr).toContain("searched by words alone");
  });

  test("--mode vector has nothing to answer by", async () => {
    const failure = await failureOf(ask(["channel", "--mode", "vector"], { url: NOWHERE }));
    expect(failure).toMatchObject({ code: "embedder_unreachable" });
    expect(hintOf(failure)).toContain("bbj-ingest-all search channel --mode text");
  });

  test("what no waiting mends is no matter of a warning", async () => {
    ollama.failNext(ollamaFaults.modelMissing("tiny"));
    const failure = await failureOf(ask(["channel"]));
    expect(failure).toMatchObject({ code: "model_missing" });
    expect(hintOf(failure)).toContain("ollama pull tiny");
    expect(hintOf(failure)).toContain("search by words alone: bbj-ingest-all search channel --mode text");
    ollama.failNext(new Response("who are you", { status: 401 }));
    expect(await failureOf(ask(["channel"]))).toMatchObject({ code: "unauthorized" });
  });
});

describe("narrowed", () => {
  test("to a type of document; another one is refused with those there are", async () => {
    const { stdout } = await ask(["rows", "--json", "--mode", "vector", "--doc-type", "example"]);
    expect(linesOf(stdout)).toMatchObject([{ title: "Shelf", doc_type: "example" }]);
    const failure = await failureOf(ask(["rows", "--doc-type", "exmaple"]));
    expect(failure.message).toStartWith('unknown document type "exmaple"; did you mean "example"?');
  });

  test("to a score, as it is printed", async () => {
    const all = linesOf((await ask(["channel file", "--json", "--limit", "20"])).stdout);
    const [first, second] = all.map(({ score }) => Number(score));
    expect(all.length).toBe(14);
    const { stdout } = await ask(["channel file", "--json", "--min-score", String(second)]);
    expect(linesOf(stdout)).toHaveLength(2);
    const none = await ask(["channel file", "--min-score", String(Number(first) + 0.001)]);
    expect(none.stdout).toBe(`Nothing found that scores ${Number(first) + 0.001} or more; the best scores 0.0392.\n`);
  });

  test("nothing found is no failure", async () => {
    expect(await ask(["zeppelin", "--mode", "text"])).toEqual({ exitCode: 0, stdout: "Nothing found.\n", stderr: "" });
    expect(await ask(["zeppelin", "--mode", "text", "--json"])).toMatchObject({ exitCode: 0, stdout: "" });
  });
});

describe("what is told of a result", () => {
  test("--json has all of it, also the chunks beside it when they are asked for", async () => {
    const [hit] = linesOf((await ask(["channel files zeppelin", "--json"])).stdout);
    expect(hit).toMatchObject({
      ...{ type: "hit", weak: false, title: "Channels", source: "docs", source_url: "docs://channels.md" },
      ...{ doc_type: "tutorial", page: null, last_page: null, page_labels: null, chunk_index: 0 },
      ...{ words: ["channel", "files"], missing: ["zeppelin"], cosine: expect.any(Number) },
      ...{
        snippet: ["A channel connects a program to a file."],
        content: expect.stringContaining("a program to a file"),
      },
    });
    expect(hit).not.toHaveProperty("context");
    const [whole] = linesOf((await ask(["opcode seven", "--json", "--context", "1", "--mode", "text"])).stdout);
    const text = { content: expect.stringContaining("opcode six "), content_hash: expect.any(String), chunk_index: 6 };
    expect(whole).toMatchObject({ chunk_index: 7, context: { before: [text], after: [{ chunk_index: 8 }] } });
  });

  test("--context shows a result whole, between its neighbours", async () => {
    const { stdout } = await ask(["opcode seven", "--mode", "text", "--context", "1", "--limit", "1"]);
    expect(
      stdout.match(/^ {3}[|>] .*opcode \w+ /gm)?.map((line) => line.replace(/ {3}([|>]).*opcode (\w+) $/, "$1 $2")),
    ).toEqual([...["| six", "> seven", "| eight"]]);
  });

  test.each([
    [{ columns: 80 }, true],
    [{ columns: 80, env: { NO_COLOR: "1" } }, false],
    [{ columns: 80, env: { NO_COLOR: "", TERM: "xterm" } }, true],
    [{ columns: 80, env: { TERM: "dumb" } }, false],
    [{}, false],
  ])("with %j its words are bold: %j", async (how, isBold) => {
    const { stdout } = await ask(["channel"], how);
    expect([stdout.includes("\u001b[1mchannel\u001b[22m"), stdout.includes("\u001b")]).toEqual([isBold, isBold]);
  });
});

describe("nothing that is close", () => {
  const WEAK = "weak: nothing is close to this\n\n1. ";
  test.each([
    ["bake sourdough bread", [], true],
    ["what connects programs and files", [], false],
    // A name alone: it is found by its word, whatever its vector is.
    ["heliotrope", [], false],
    ["sourdough bread for a file", ["--mode", "text"], true],
    ["bread file", ["--mode", "text"], false],
  ])("to %j %j: %j", async (question, flags, weak) => {
    const { stdout } = await ask([question, ...flags]);
    expect({ weak: stdout.startsWith(WEAK), any: stdout.includes("weak:") }).toEqual({ weak, any: weak });
    const hits = linesOf((await ask([question, ...flags, "--json"])).stdout);
    expect(new Set(hits.map((hit) => hit.weak))).toEqual(new Set([weak]));
  });
});

function linesOf(stdout: string): Record<string, unknown>[] {
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line): Record<string, unknown> => JSON.parse(line));
}
