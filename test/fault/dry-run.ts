import { describe, expect, test } from "bun:test";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import type { Lane } from "../support/databases.ts";
import type { Corpus, Scene, SceneRun } from "../support/scene.ts";
import { withScenes } from "../support/scenes.ts";
import { SCENARIOS } from "./scenarios.ts";

const page = (number: number) => `# Page ${number}\n\nOn the channels and records of part ${number}.\n`;
const pages = (count: number, from = 0): Corpus =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`docs/page-${from + index}.md`, page(from + index)]));
const DOCS = { sources: ["docs"] };

type Case = {
  readonly name: string;
  readonly before: (scene: Scene) => Promise<unknown>;
  readonly corpus: Corpus;
  readonly args?: readonly string[];
  readonly sources?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default 0. */
  readonly exitCode?: number;
};

const ingested = (corpus: Corpus) => async (scene: Scene) => {
  scene.write(corpus);
  expect((await scene.run(DOCS)).exitCode).toBe(0);
};

const CASES: readonly Case[] = [
  ...SCENARIOS.filter(({ args }) => !args.includes("--clean")).map(({ name, prior, corpus, args }) => ({
    ...{ name, corpus, args },
    before: prior,
  })),
  { name: "20 of 30 files deleted", before: ingested(pages(30)), corpus: pages(10), exitCode: 1, ...DOCS },
  {
    name: "20 of 30 files deleted, as allowed",
    before: ingested(pages(30)),
    corpus: pages(10),
    args: ["--max-delete", "20"],
    ...DOCS,
  },
  {
    name: "a source that is empty",
    before: ingested(pages(3)),
    corpus: { "docs/other.txt": "no page" },
    exitCode: 1,
    ...DOCS,
  },
  {
    name: "a file that is too large",
    before: ingested(pages(3)),
    corpus: { ...pages(3), "docs/page-1.md": page(1).repeat(99) },
    env: { BBJ_RAG_FILE_SIZE_MAX: "0.001" },
    exitCode: 1,
    ...DOCS,
  },
  {
    name: "one text in several pages",
    before: async () => {},
    corpus: { "docs/a.md": page(1), "docs/b.md": page(1), "docs/c.md": page(2) },
    ...DOCS,
  },
  { name: "nothing changed", before: ingested(pages(5)), corpus: pages(5), ...DOCS },
];

/** What a dry run and the run after it must agree in. */
export function foretold({ exitCode, events }: SceneRun): unknown {
  const ends = events.filter(({ type }) => type === "source_end" || type === "summary");
  // Sources end when their last document is stored: of two that are read quickly, either may be the first.
  const told = ends.map(figures).sort((one, other) => String(one.source).localeCompare(String(other.source)));
  return { exitCode, figures: told };
}

/** What differs between any two runs, or between a dry one and a real one by design. */
const OWN_TO_A_RUN = new Set(["at", "duration_ms", "phases", "dry_run", "sources"]);

function figures(event: Record<string, unknown>): Record<string, unknown> {
  const shared = Object.entries(event).filter(([key]) => !OWN_TO_A_RUN.has(key));
  // A command that a reason recommends is the one that was called, with something added.
  return Object.fromEntries(
    shared.map(([key, value]) => [key, typeof value === "string" ? value.replace(" --dry-run", "") : value]),
  );
}

/** The tests of `--dry-run` on one kind of database. */
export function testDryRun<Choice extends DatabaseChoice>(lane: Lane<Choice>): void {
  withScenes(lane, "a dry run", (scene) => {
    describe.each(CASES.map((one) => [one.name, one] as const))(
      "%s:",
      (_, { before, corpus, args = [], sources, env, exitCode = 0 }) => {
        test("says what the run does, and changes nothing", async () => {
          await scene().reset();
          await before(scene());
          scene().write(corpus);
          const options = { ...(sources === undefined ? {} : { sources }), ...(env === undefined ? {} : { env }) };
          const rows = await scene().rows();
          const files = await scene().ownTexts();
          const dry = await scene().run({ ...options, args: [...args, "--dry-run"] });
          expect(await scene().rows()).toEqual(rows);
          expect(await scene().ownTexts()).toEqual(files);
          expect(dry.calls.filter(({ kind }) => kind === "embed")).toEqual([]);
          const run = await scene().run({ ...options, args });
          expect(foretold(dry)).toEqual(foretold(run));
          expect(run.exitCode).toBe(exitCode);
          expect(dry.events.filter(({ dry_run }) => dry_run === true).map(({ type }) => type)).toContain("summary");
          expect(run.events.filter(({ dry_run }) => dry_run === true)).toEqual([]);
        });
      },
    );
  });
}
