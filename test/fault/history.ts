import { expect, test } from "bun:test";
import fc from "fast-check";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import { IngestError } from "../../src/flow/errors.ts";
import type { Lane } from "../support/databases.ts";
import { ollamaFaults } from "../support/ollama-stand-in.ts";
import type { Call } from "../support/outside.ts";
import { EmbeddingFault, type Scene, type SceneRun } from "../support/scene.ts";
import { withScenes } from "../support/scenes.ts";
import { SEED } from "../support/seed.ts";
import { foretold } from "./dry-run.ts";

const SOURCES = ["docs", "guide", "extra", "code"] as const;
const PAGES = 5;
/** Paragraphs that pages are made of; some pages share them. */
const PARAGRAPHS = 9;
/** A page with this word is refused by an embedding server that is `refusing`. */
const POISON = "poison";
const WHOLE_RUNS = ["plain", "sequential", "workers", "clean", "resume"] as const;

/** What becomes of a source as a whole; done once more, it is undone. */
type Change = {
  readonly do: "disable" | "unlist" | "rename" | "second path" | "links";
  readonly source: number;
};

/** What a user does, or what befalls a run. Numbers are taken modulo what there is. */
type Step =
  | { readonly do: "write"; readonly page: number; readonly paragraphs: readonly number[]; readonly poison: boolean }
  | { readonly do: "remove"; readonly page: number }
  | { readonly do: "move"; readonly page: number; readonly to: number }
  | { readonly do: "chunk size"; readonly size: number }
  | Change
  /** A `--clean` that is killed, and gone on with after a change. */
  | { readonly do: "rebuild"; readonly at: number; readonly change: Change }
  | {
      readonly do: "run";
      readonly how: (typeof WHOLE_RUNS)[number] | "source" | "clean source" | "retry";
      readonly source: number;
      readonly fault: "none" | "flaky" | "killed" | "interrupted" | "refusing" | "database gone";
      readonly at: number;
    };

const anyPage = fc.nat(SOURCES.length * PAGES - 1);
const anySource = fc.nat(SOURCES.length - 1);
const change: fc.Arbitrary<Change> = fc.record({
  do: fc.constantFrom("disable", "unlist", "rename", "second path", "links"),
  source: anySource,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      page: anyPage,
      paragraphs: fc.array(fc.nat(PARAGRAPHS - 1), { minLength: 1, maxLength: 4 }),
      poison: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), page: anyPage }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("move" as const), page: anyPage, to: anyPage }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("chunk size" as const), size: fc.constantFrom(50, 60, 90) }),
  },
  { weight: 3, arbitrary: change },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("rebuild" as const), at: fc.integer({ min: 1, max: 120 }), change }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("run" as const),
      how: fc.constantFrom(...WHOLE_RUNS, "plain", "source", "clean source", "retry"),
      source: anySource,
      fault: fc.constantFrom("none", "none", "flaky", "killed", "interrupted", "refusing", "database gone"),
      at: fc.integer({ min: 1, max: 120 }),
    }),
  },
);

const history = fc.array(step, { minLength: 6, maxLength: 20 });

/** How many histories; `npm run soak` lives through more. */
const HISTORIES_DEFAULT = Number(process.env.BBJ_TEST_HISTORIES ?? 15);
const HISTORIES_MS_MAX = 3_600_000;

/** The property test of random histories on one kind of database. */
export function testHistories<Choice extends DatabaseChoice>(
  lane: Lane<Choice>,
  { histories = HISTORIES_DEFAULT } = {},
): void {
  withScenes(lane, `${histories} random histories (BBJ_TEST_SEED=${SEED})`, (scene, reference) => {
    test(
      "end with the rows of a fresh ingest after every run that succeeds",
      async () => {
        await fc.assert(
          fc.asyncProperty(history, (steps) => live(steps, scene(), reference())),
          { numRuns: histories, seed: SEED },
        );
      },
      HISTORIES_MS_MAX,
    );
  });
}

/** Lives through a history, and holds the database against a fresh ingest in `reference` after each run that succeeds. */
async function live(steps: readonly Step[], scene: Scene, reference: Scene): Promise<void> {
  await scene.reset();
  const world = new World(scene, reference);
  for (const next of steps) await world.take(next);
  await world.take({ do: "run", how: "plain", source: 0, fault: "none", at: 1 });
  await world.runAgain();
}

class World {
  readonly #scene: Scene;
  readonly #reference: Scene;
  readonly #pages = new Map<string, string>();
  /** Folders whose source is disabled, not in the sources file, under another name, of two folders, with links in it. */
  readonly #changed: Readonly<Record<Change["do"], Set<string>>> = {
    ...{ disable: new Set(), unlist: new Set(), rename: new Set() },
    ...{ "second path": new Set(), links: new Set() },
  };
  #chunkSize = 60;

  constructor(scene: Scene, reference: Scene) {
    this.#scene = scene;
    this.#reference = reference;
    for (const [index, name] of SOURCES.entries()) {
      this.#write(index * PAGES, [index, index + 1], false, name);
      this.#write(index * PAGES + 1, [index + 2], false, `More of ${name}`, `${name}-more`);
    }
  }

  async take(next: Step): Promise<void> {
    switch (next.do) {
      case "write":
        return this.#write(next.page, next.paragraphs, next.poison);
      case "remove":
        return this.#remove(next.page);
      case "move": {
        const text = this.#pages.get(pathOf(next.page));
        if (text === undefined || this.#pages.has(pathOf(next.to))) return;
        this.#pages.set(pathOf(next.to), text);
        return this.#remove(next.page);
      }
      case "chunk size":
        this.#chunkSize = next.size;
        return;
      case "rebuild":
        await this.#run({ do: "run", how: "clean", source: 0, fault: "killed", at: next.at });
        await this.take(next.change);
        return this.#run({ do: "run", how: "clean", source: 0, fault: "none", at: 1 });
      case "run":
        return this.#run(next);
      default: {
        const folder = folderOf(next.source);
        const changed = this.#changed[next.do];
        if (changed.delete(folder)) return;
        changed.add(folder);
        // One source stays: without any there is nothing to run.
        if (this.#running().length === 0) changed.delete(folder);
      }
    }
  }

  /** Nothing has changed: nothing is sent, nothing is written. */
  async runAgain(): Promise<void> {
    const { exitCode, calls } = await this.#scene.run(this.#options());
    expect(exitCode).toBe(0);
    expect(calls.filter(({ kind }) => kind === "embed" || kind === "copy")).toEqual([]);
  }

  #write(page: number, paragraphs: readonly number[], poison: boolean, title = `Page ${page}`, folder?: string): void {
    const texts = paragraphs.map(
      (paragraph) => `## Part ${paragraph}\n\n${`On part ${paragraph} of the channels and records. `.repeat(5)}\n`,
    );
    const body = [`# ${title}`, ...texts, ...(poison ? [`## Sick\n\n${`A ${POISON} in this text. `.repeat(12)}`] : [])];
    // Code has no headings; the text is a comment there.
    const path = pathOf(page, folder);
    const isCode = path.endsWith(".bbj");
    this.#pages.set(path, isCode ? body.join("\n").replace(/^/gm, "rem ") : body.join("\n\n"));
  }

  /** The last page of a source stays: a source without any is an error by design. */
  #remove(page: number): void {
    const path = pathOf(page);
    const folder = path.slice(0, path.indexOf("/") + 1);
    if ([...this.#pages.keys()].filter((other) => other.startsWith(folder)).length > 1) this.#pages.delete(path);
  }

  #options() {
    return {
      sources: this.#listed(),
      disabled: [...this.#changed.disable].map((folder) => this.#nameOf(folder)),
      env: { BBJ_RAG_CHUNK_SIZE: String(this.#chunkSize) },
    };
  }

  #listed() {
    const { unlist, "second path": second } = this.#changed;
    return SOURCES.filter((folder) => !unlist.has(folder)).map((folder) => ({
      name: this.#nameOf(folder),
      folders: second.has(folder) ? [folder, `${folder}-more`] : [folder],
    }));
  }

  #running() {
    return SOURCES.filter((folder) => !this.#changed.unlist.has(folder) && !this.#changed.disable.has(folder));
  }

  #nameOf(folder: string): string {
    return this.#changed.rename.has(folder) ? `${folder}-renamed` : folder;
  }

  /** Links to a file and the folder above within a source, and to another source: none of them is a document. */
  #links() {
    const linksOf = (folder: string) => {
      const other = folderOf(SOURCES.findIndex((name) => name === folder) + 1);
      const [page = ""] = [...this.#pages.keys()].filter((path) => path.startsWith(`${folder}/`));
      const name = page.slice(folder.length + 1);
      return [
        [`${folder}/a-link-to-${name}`, name],
        [`${folder}/loop`, ".."],
        [`${folder}/out`, `../${other}`],
      ];
    };
    return Object.fromEntries([...this.#changed.links].flatMap(linksOf));
  }

  async #run({ how, source, fault, at }: Extract<Step, { do: "run" }>): Promise<void> {
    const scene = this.#scene;
    scene.write(Object.fromEntries(this.#pages), this.#links());
    const before = await scene.chunks();
    const listed = this.#listed();
    const names = new Set(listed.map(({ name }) => name));
    const hasUnlisted = (await scene.failureLog()).some((entry) => !names.has(entry.source));
    const known = new Set(before.map((line) => JSON.parse(line).content));
    const sent: string[] = [];
    const args = argsOf(how, listed[source % listed.length]?.name ?? "");
    const isForetold = fault === "none" && !args.includes("--clean");
    const dry = isForetold ? await scene.run({ ...this.#options(), args: [...args, "--dry-run"] }) : undefined;
    if (isForetold) expect(await scene.chunks()).toEqual(before);
    const run = await scene.run({
      ...this.#options(),
      args,
      at: befall(scene, fault, at),
      fault: (texts) => {
        sent.push(...texts);
        const isRefused = fault === "refusing" && texts.some((text) => text.includes(POISON));
        return isRefused ? Response.json({ error: "invalid input" }, { status: 400 }) : undefined;
      },
    });
    if (dry !== undefined) expect(foretold(dry)).toEqual(foretold(run));
    if (fault !== "killed") {
      expect(run.events.filter(({ code }) => code === "bug")).toEqual([]);
      if (run.exitCode === 130) expect(fault).toBe("interrupted");
      if (fault === "none") expect([run.exitCode, reasons(run)]).toEqual([how === "retry" && hasUnlisted ? 1 : 0, []]);
    }
    if (!args.includes("--clean")) expect(sent.filter((text) => known.has(text))).toEqual([]);
    await this.#checkRecords();
    // `--retry-failed` finishes documents, but it does not look for others.
    if (run.exitCode === 0 && how !== "retry") await this.#checkSources(run, before, how === "clean");
  }

  /** A document that says that it is whole has the rows it says. */
  async #checkRecords(): Promise<void> {
    const counts = new Map<string, number>();
    for (const line of await this.#scene.chunks()) {
      const { source_name, source_url } = JSON.parse(line);
      const key = `${source_name} ${source_url}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    for (const line of await this.#scene.documents()) {
      const { source_name, source_url, chunks } = JSON.parse(line);
      expect([source_url, chunks]).toEqual([source_url, counts.get(`${source_name} ${source_url}`) ?? 0]);
    }
  }

  /** Sources that ran have the rows of a fresh ingest; the others have theirs, unless everything was rebuilt. */
  async #checkSources(run: SceneRun, before: readonly string[], isRebuild: boolean): Promise<void> {
    const ended = run.events.filter(({ type }) => type === "source_end");
    const ran = new Set(ended.filter(({ status }) => status !== "SKIPPED").map((event) => String(event.source)));
    const after = await this.#scene.rows();
    const fresh = await this.#freshRows();
    const of = (lines: readonly string[], wanted: (name: string) => boolean) =>
      lines.filter((line) => wanted(JSON.parse(line).source_name));
    expect(of(after, (name) => ran.has(name))).toEqual(of(fresh, (name) => ran.has(name)));
    const others = of(after, (name) => !ran.has(name)).filter((line) => line.includes('"content_hash"'));
    expect(others).toEqual(isRebuild ? [] : of(before, (name) => !ran.has(name)));
  }

  async #freshRows(): Promise<string[]> {
    await this.#reference.reset();
    this.#reference.write(Object.fromEntries(this.#pages));
    const { exitCode, events } = await this.#reference.run({ ...this.#options(), disabled: [] });
    expect([exitCode, events.filter(({ type }) => type === "error")]).toEqual([0, []]);
    return this.#reference.rows();
  }
}

function argsOf(how: Extract<Step, { do: "run" }>["how"], source: string): readonly string[] {
  switch (how) {
    case "plain":
      return [];
    case "sequential":
      return ["--sequential"];
    case "workers":
      return ["--workers", "5"];
    case "clean":
      return ["--clean"];
    case "resume":
      return ["--resume"];
    case "source":
      return ["--source", source];
    case "clean source":
      return ["--clean", "--source", source];
    case "retry":
      return ["--retry-failed"];
  }
}

function befall(
  scene: Scene,
  fault: Extract<Step, { do: "run" }>["fault"],
  at: number,
): (call: Call, number: number) => void {
  return (call, number) => {
    const isDatabase = ["open", "sql", "copy", "commit"].includes(call.kind);
    if (fault === "killed" && number >= at) throw new Error("killed");
    if (fault === "interrupted" && number === at) scene.interrupt();
    if (fault === "database gone" && number >= at && isDatabase) throw lost();
    // Every third call from the middle of the start on; never twice for the same one.
    if (fault === "flaky" && number > 20 && (number * 7 + at) % 5 === 0) {
      if (call.kind === "embed") throw new EmbeddingFault(at % 2 === 0 ? ollamaFaults.busy() : "reset");
      if (isDatabase) throw lost();
    }
  };
}

function lost(): IngestError {
  return new IngestError("connection lost", { decision: "retry", code: "database_lost" });
}

function reasons({ events }: SceneRun): unknown[] {
  return events
    .filter(
      ({ type, status }) =>
        type === "error" ||
        (type === "source_end" && status !== "OK" && status !== "UNCHANGED" && status !== "SKIPPED"),
    )
    .map(({ message, reason }) => message ?? reason);
}

function folderOf(source: number): string {
  return SOURCES[source % SOURCES.length] ?? SOURCES[0];
}

function pathOf(page: number, folder = folderOf(Math.floor(page / PAGES))): string {
  return `${folder}/page-${page % PAGES}.${folder.startsWith("code") ? "bbj" : "md"}`;
}
