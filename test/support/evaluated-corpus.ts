import { afterAll, beforeAll, describe } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { evaluate } from "../../src/commands/eval.ts";
import { ingest } from "../../src/commands/ingest.ts";
import type { World } from "../../src/commands/world.ts";
import { type CommandLine, parseCommandLine } from "../../src/config/flags.ts";
import { errorEvent } from "../../src/ingest/events.ts";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import { corpusStore } from "../../src/store/corpus-store.ts";
import { constant } from "../../src/store/driver/sql.ts";
import type { Store } from "../../src/store/store.ts";
import { startWorkerHere } from "./parse-input.ts";
import { systemClock } from "../../src/flow/clock.ts";
import { embeddedLane, type Lane, serverLane } from "./databases.ts";
import { plainCall } from "./plain-call.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** Of a machine that is busy with other tests. */
const START_MS_MAX = 60_000;

/** Pages on four things, each of whose questions one page answers. */
const PAGES = {
  "grid.md": "# Grid\n\nRows are sorted by a click on the header of a column.\n",
  "printer.md": "# Printer\n\nA report is sent to paper by its driver, page after page.\n",
  "socket.md": "# Socket\n\nA channel to another host reads bytes from the network.\n",
  "string.md": "# String\n\nThe POS function looks for a needle in a haystack.\n",
};

/** Runs the tests that `define` defines over such a corpus in a database of each kind; tests may change it, and say so. */
export function onEveryCorpus(name: string, define: (corpus: () => EvaluatedCorpus) => void): void {
  onCorpusOf(serverLane, name, define);
  onCorpusOf(embeddedLane, name, define);
}

/** The same, on a server only: what is not of the database needs no second kind. */
export function onServerCorpus(name: string, define: (corpus: () => EvaluatedCorpus) => void): void {
  onCorpusOf(serverLane, name, define);
}

function onCorpusOf<Choice extends DatabaseChoice>(
  lane: Lane<Choice>,
  name: string,
  define: (corpus: () => EvaluatedCorpus) => void,
) {
  const title = `${name}, ${lane.name}`;
  if (lane.skipped !== undefined) return describe.skip(`${title} (${lane.skipped})`, () => define(() => never()));
  describe(title, () => {
    let corpus: EvaluatedCorpus | undefined;
    beforeAll(async () => {
      corpus = await evaluatedCorpus(lane, PAGES);
      const { exitCode, stderr } = await corpus.ingest();
      if (exitCode !== 0) throw new Error(stderr);
    }, START_MS_MAX);
    afterAll(() => corpus?.[Symbol.asyncDispose]());
    define(() => corpus ?? never());
  });
}

function never(): never {
  throw new Error("there is no corpus");
}

export type EvaluatedCorpus = Awaited<ReturnType<typeof evaluatedCorpus>>;

/** Pages on disk, ingested by hashed words into a database of their own, and the commands that measure them. */
async function evaluatedCorpus<Choice extends DatabaseChoice>(
  lane: Lane<Choice>,
  pages: Readonly<Record<string, string>>,
) {
  const directory = temporaryDirectory();
  const cwd = directory.path;
  const { choice, drop } = await lane.create();
  const url = choice.kind === "server" ? choice.url : `pglite:${choice.directory}`;
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), text);
  };
  write("sources.toml", '[[sources]]\nname = "docs"\nparser = "mdx"\npaths = ["docs"]\n');
  for (const [name, text] of Object.entries(pages)) write(`docs/${name}`, text);
  const interrupts = new Set<() => void>();

  /** As `cli.ts` does: what is thrown is exit code 2. */
  async function call(
    args: readonly string[],
    run: (line: CommandLine, world: World) => Promise<number>,
    more: Partial<World> = {},
  ) {
    let [stdout, stderr] = ["", ""];
    const world: World = {
      ...{
        cwd,
        program: ["bbj-ingest-all"],
        clock: systemClock,
        interactiveTerminal: false,
        startParseWorker: startWorkerHere,
      },
      env: { BBJ_RAG_DATABASE_URL: url, BBJ_RAG_EMBEDDING_PROVIDER: "lexical", BBJ_RAG_EMBEDDING_DIMENSIONS: "96" },
      stdout: { write: (text) => void (stdout += text) },
      stderr: { write: (text) => void (stderr += text) },
      onInterrupt(callback) {
        interrupts.add(callback);
        return () => interrupts.delete(callback);
      },
      ...more,
    };
    const exitCode = await Promise.try(() => run(parseCommandLine(args, { interactiveTerminal: false }), world)).catch(
      (error: unknown) => {
        const { code, message, hint } = errorEvent(error, plainCall);
        stderr += `${code}: ${message}\n${hint}\n`;
        return 2;
      },
    );
    return { exitCode, stdout, stderr };
  }

  const corpus = {
    ...{ cwd, choice, write, read: (name: string) => readFileSync(join(cwd, name), "utf8") },
    ...{ interrupt: () => interrupts.forEach((callback) => callback()) },
    eval: (...args: string[]) =>
      call(["eval", ...args], ({ flags, positionals }, world) => evaluate(flags, positionals, world)),
    ingest: (...args: string[]) => call(args, ({ flags }, world) => ingest(flags, world)),
    ingestIn: (world: Partial<World>, ...args: string[]) => call(args, ({ flags }, own) => ingest(flags, own), world),
    /** JSON Lines of questions, each with the part of a URL that answers it. */
    writeCases(name: string, cases: readonly (readonly [id: string, query: string, url: string, tag?: string])[]) {
      const lines = cases.map(([id, query, url_contains, tag]) =>
        JSON.stringify({ id, query, expect: [{ url_contains }], tags: tag ?? [] }),
      );
      write(name, lines.join("\n"));
    },
    async sql(text: string): Promise<void> {
      const database = await lane.open(choice);
      try {
        await database.query(constant(text));
      } finally {
        await database.close();
      }
    },
    /** Breaks the text half on purpose: it finds nothing, while `work` is done. */
    async withoutTextHalf<Result>(work: () => Promise<Result>): Promise<Result> {
      await corpus.sql("alter table chunks rename column search_vector to kept");
      await corpus.sql("alter table chunks add column search_vector tsvector not null default ''");
      try {
        return await work();
      } finally {
        await corpus.sql("alter table chunks drop column search_vector");
        await corpus.sql("alter table chunks rename column kept to search_vector");
      }
    },
    async store<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
      const store = corpusStore(await lane.open(choice), { rebuild: false });
      try {
        return await work(store);
      } finally {
        await store.close();
      }
    },
    async [Symbol.asyncDispose]() {
      await drop();
      directory[Symbol.dispose]();
    },
  };
  return corpus;
}
