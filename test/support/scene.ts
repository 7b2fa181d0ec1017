import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ingest } from "../../src/commands/ingest.ts";
import { parseCommandLine } from "../../src/config/flags.ts";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import type { FailureEntry } from "../../src/ingest/failure-lines.ts";
import { FailureLog } from "../../src/ingest/failure-log.ts";
import { errorEvent } from "../../src/ingest/events.ts";
import type { Database } from "../../src/store/driver/database.ts";
import { openServer } from "../../src/store/driver/server.ts";
import { exists } from "../../src/store/driver/rows.ts";
import { removeEverything } from "./databases.ts";
import { plainCall } from "./plain-call.ts";
import { FakeClock } from "./fake-clock.ts";
import { startOllama } from "./ollama-stand-in.ts";
import { Outside, watchFiles } from "./outside.ts";
import type { Fault, StandIn } from "./stand-in-server.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { startWorkerHere } from "./parse-input.ts";
import { queryLines } from "./lines.ts";

const SCENE_DIMENSIONS = 8;
const OUTAGE_WAIT_SECONDS = 20;
/** What begins with "code" is BBj source, the others are Markdown. */
const SOURCES = ["docs", "guide", "code"];

/** The files of a corpus by path; the first part of a path is the folder of its source. */
export type Corpus = Readonly<Record<string, string>>;

/** An entry of the sources file; a name alone is that of its only folder, too. */
export type SceneSource = string | { readonly name: string; readonly folders: readonly string[] };

/** How a run in this process ended. */
export type SceneRun = {
  readonly exitCode: number;
  /** Of `--json`, and the error that ended the run, if any. */
  readonly events: readonly Record<string, unknown>[];
  readonly calls: Outside["calls"];
};

export type SceneOptions = {
  readonly args?: readonly string[];
  readonly sources?: readonly SceneSource[];
  readonly disabled?: readonly string[];
  /** The sources file, in place of one that has `sources`. */
  readonly sourcesFile?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly at?: Outside["at"];
  /** Of the model behind the tag. */
  readonly digest?: string;
  /** What an embedding request that fails is answered with; asked once `at` has let it pass. */
  readonly fault?: (texts: readonly string[]) => Fault | undefined;
};

/** Thrown by `at` to let an embedding request end in this way. */
export class EmbeddingFault extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super("an embedding request fails");
    this.fault = fault;
  }
}

/**
 * A directory, a database and an embedding server for runs of the `ingest` command in this process, each as a user would
 * start it, with every call to the outside counted and open to faults. Time does not pass.
 */
export class Scene {
  readonly #directory = temporaryDirectory();
  readonly directory = this.#directory.path;
  readonly #database: Database;
  readonly #choice: DatabaseChoice;
  #server: StandIn | undefined;
  #outside = new Outside();
  readonly #interrupts = new Set<() => void>();
  #fault: SceneOptions["fault"];
  #digest = "";

  constructor(database: Database, choice: DatabaseChoice) {
    this.#database = database;
    this.#choice = choice;
  }

  /** Makes the files of the corpus, and no others; `links`: what symbolic links beside them lead to. */
  write(corpus: Corpus, links: Corpus = {}): void {
    rmSync(join(this.directory, "corpus"), { recursive: true, force: true });
    for (const [path, text] of Object.entries(corpus)) {
      const file = join(this.directory, "corpus", path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    for (const [path, target] of Object.entries(links)) symlinkSync(target, join(this.directory, "corpus", path));
  }

  async run(options: SceneOptions = {}): Promise<SceneRun> {
    const {
      args = [],
      sources = SOURCES,
      disabled = [],
      sourcesFile,
      env = {},
      at = () => {},
      digest = "",
      fault,
    } = options;
    if (sourcesFile === undefined) this.#writeSources(sources, disabled);
    else writeFileSync(join(this.directory, "sources.toml"), sourcesFile);
    const server = await this.#embeddingServer();
    const outside = new Outside();
    outside.at = at;
    this.#outside = outside;
    this.#fault = fault;
    this.#digest = digest;
    let stdout = "";
    const clock = new FakeClock();
    this.#interrupts.clear();
    const { flags } = parseCommandLine([...args, "--json"], { interactiveTerminal: false });
    const world = {
      env: {
        BBJ_RAG_DATABASE_URL: this.#choice.kind === "server" ? this.#choice.url : `pglite:${this.#choice.directory}`,
        BBJ_RAG_OLLAMA_HOST: server.url,
        BBJ_RAG_EMBEDDING_DIMENSIONS: String(SCENE_DIMENSIONS),
        BBJ_RAG_EMBEDDING_BATCH_SIZE: "3",
        BBJ_RAG_INGEST_WORKERS: "2",
        BBJ_RAG_INGEST_BATCH_RETRIES: "1",
        BBJ_RAG_INGEST_OUTAGE_WAIT: String(OUTAGE_WAIT_SECONDS),
        BBJ_RAG_CHUNK_SIZE: "60",
        BBJ_RAG_CHUNK_OVERLAP: "0",
        ...env,
      },
      cwd: this.directory,
      stdout: { write: (text: string) => void (stdout += text) },
      stderr: { write: () => {} },
      clock,
      program: ["bbj-ingest-all"],
      interactiveTerminal: false,
      startParseWorker: startWorkerHere,
      onInterrupt: (callback: () => void) => {
        this.#interrupts.add(callback);
        return () => this.#interrupts.delete(callback);
      },
      openDatabase: async (choice: DatabaseChoice) => {
        await outside.meet("open", choice.kind);
        // With real time: the lock of a run before, that was killed, is gone in a moment.
        const opened = choice.kind === "server" ? await openServer(choice) : this.#database;
        return outside.database(opened, { shared: choice.kind === "embedded" });
      },
    };
    watchFiles(outside, this.directory);
    let exitCode: number;
    const errors: object[] = [];
    try {
      exitCode = await ingest(flags, world);
    } catch (error) {
      exitCode = 2;
      errors.push(errorEvent(error, plainCall));
    } finally {
      watchFiles(undefined, this.directory);
    }
    const written = stdout.split("\n").filter((line) => line !== "");
    const events = [...written.map((line) => JSON.parse(line)), ...errors];
    return { exitCode, events, calls: outside.calls };
  }

  /** As the first Ctrl-C during a run does. */
  interrupt(): void {
    for (const callback of this.#interrupts) callback();
  }

  /** All that readers and later runs see, ids and timestamps aside, one line a row. */
  async rows(): Promise<string[]> {
    return [...(await this.chunks()), ...(await this.documents())];
  }

  async chunks(): Promise<string[]> {
    if (!(await this.#hasTables())) return [];
    return queryLines(
      this.#database,
      `select (to_jsonb(c) - 'id' - 'created_at' - 'updated_at' - 'search_vector')::text as line
        from chunks c order by source_name, source_url, chunk_index, content_hash`,
    );
  }

  async documents(): Promise<string[]> {
    if (!(await this.#hasTables())) return [];
    return queryLines(
      this.#database,
      "select (to_jsonb(d) - 'updated_at')::text as line from ingest_documents d order by source_name, source_url",
    );
  }

  /** Removes everything from the database, and the files that runs leave. */
  async reset(): Promise<void> {
    await removeEverything(this.#database);
    for (const name of this.ownFiles()) rmSync(join(this.directory, name), { force: true, recursive: true });
  }

  /** Files that runs left in the working directory. */
  ownFiles(): string[] {
    return [...new Bun.Glob("*").scanSync({ cwd: this.directory, dot: true })]
      .filter((name) => name !== "sources.toml")
      .sort();
  }

  /** The same, each with its text. */
  async ownTexts(): Promise<Record<string, string>> {
    const texts: Record<string, string> = {};
    for (const name of this.ownFiles()) texts[name] = await readFile(join(this.directory, name), "utf8");
    return texts;
  }

  async failureLog(): Promise<FailureEntry[]> {
    return (await new FailureLog(join(this.directory, ".ingestion-failures.json")).read()).entries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server?.stop();
    this.#directory[Symbol.dispose]();
  }

  #writeSources(sources: readonly SceneSource[], disabled: readonly string[]): void {
    const entries = sources.map((source) => {
      const { name, folders } = typeof source === "string" ? { name: source, folders: [source] } : source;
      return [
        "[[sources]]",
        `name = "${name}"`,
        `parser = "${name.startsWith("code") ? "bbj-source" : "mdx"}"`,
        `paths = ${JSON.stringify(folders.map((folder) => `corpus/${folder}`))}`,
        `enabled = ${!disabled.includes(name)}`,
      ].join("\n");
    });
    writeFileSync(join(this.directory, "sources.toml"), entries.join("\n\n"));
  }

  async #embeddingServer(): Promise<StandIn> {
    this.#server ??= await startOllama({
      dimensions: SCENE_DIMENSIONS,
      digest: () => this.#digest,
      fault: async (_, texts) => {
        try {
          await this.#outside.meet("embed", texts.join(" | "));
        } catch (error) {
          return error instanceof EmbeddingFault ? error.fault : "reset";
        }
        return this.#fault?.(texts);
      },
    });
    return this.#server;
  }

  async #hasTables(): Promise<boolean> {
    return exists(this.#database)`select where to_regclass('chunks') is not null`;
  }
}
