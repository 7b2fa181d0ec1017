import { describe, expect, test } from "bun:test";
import type { DatabaseChoice } from "../../src/store/database.ts";
import type { Lane } from "../support/databases.ts";
import type { Corpus, Scene } from "../support/scene.ts";
import { withScenes } from "../support/scenes.ts";
import { SEED } from "../support/seed.ts";
import { checkAfterFault, faultAt, type Mode, type Prior } from "./fault-check.ts";

/** More calls than any of these runs makes. */
const CALLS_MAX = 2_000;
/** `npm run soak` leaves none out. */
const EVERY_CALL = process.env.BBJ_TEST_EVERY_CALL === "1";
const LOOP_MS_MAX = 600_000;

const section = (title: string, text: string) =>
  `## ${title}\n\n${Array.from({ length: 3 }, (_, line) => `Line ${line} ${text} and the records of a channel in BBj.`).join("\n")}\n`;

const BEFORE: Corpus = {
  "docs/edited.md": `# Edited\n\n${section("Stays", "on what stays")}\n${section("Old", "on the old way")}`,
  "docs/gone.md": `# Gone\n\n${section("Only", "on what is to go")}`,
  "docs/moves.md": `# Moves\n\n${section("Moving", "on what moves")}`,
  "docs/same.md": `# Same\n\n${section("Stays", "on what stays")}`,
  "guide/01.md": `# Guide\n\n${section("First", "on first steps")}`,
  "code/Main.bbj":
    'rem The main program\nclass public Main\n  method public void run()\n    print "hello"\n  methodend\nclassend\n',
};
const AFTER: Corpus = {
  ...BEFORE,
  "docs/edited.md": `# Edited\n\n${section("Stays", "on what stays")}\n${section("New", "on the new way")}`,
  "docs/new.md": `# New\n\n${section("One", "on something new")}\n${section("Two", "on something else")}`,
  "guide/moves.md": BEFORE["docs/moves.md"] ?? "",
  "code/Main.bbj": `${BEFORE["code/Main.bbj"]}rem The end of it\n`,
};
const without = (corpus: Corpus, ...paths: string[]): Corpus =>
  Object.fromEntries(Object.entries(corpus).filter(([path]) => !paths.includes(path)));

type Scenario = {
  readonly name: string;
  readonly prior: (scene: Scene) => Promise<unknown>;
  readonly corpus: Corpus;
  readonly args: readonly string[];
  /** Of so many calls in a row one fails, which one by the seed: a rebuild makes some hundred like each other. */
  readonly stride: number;
};

const NEXT = without(AFTER, "docs/gone.md", "docs/moves.md");
const ingested = async (scene: Scene) => {
  scene.write(BEFORE);
  expect((await scene.run()).exitCode).toBe(0);
};
const SCENARIOS: readonly Scenario[] = [
  { name: "a first run", prior: async () => {}, corpus: BEFORE, args: [], stride: 1 },
  { name: "a run over an edited corpus", prior: ingested, corpus: NEXT, args: [], stride: 1 },
  { name: "a sequential run over an edited corpus", prior: ingested, corpus: NEXT, args: ["--sequential"], stride: 2 },
  { name: "a rebuild", prior: ingested, corpus: NEXT, args: ["--clean"], stride: 3 },
  { name: "--clean of one source", prior: ingested, corpus: BEFORE, args: ["--clean", "--source", "docs"], stride: 1 },
  {
    name: "--retry-failed",
    prior: async (scene) => {
      scene.write(BEFORE);
      const refusing = (texts: readonly string[]) =>
        texts.some((text) => text.includes("what stays"))
          ? Response.json({ error: "invalid input" }, { status: 400 })
          : undefined;
      expect((await scene.run({ fault: refusing })).exitCode).toBe(1);
    },
    corpus: BEFORE,
    args: ["--retry-failed"],
    stride: 1,
  },
];

/** The tests of the fault loop on one kind of database; of a sample, every so many calls fails one. */
export function testFaultLoop<Choice extends DatabaseChoice>(lane: Lane<Choice>, { every = 1 } = {}): void {
  const extent = every === 1 ? "" : `, a sample of one in ${every}`;
  withScenes(lane, `the fault loop (BBJ_TEST_SEED=${SEED})${extent}`, (scene) => {
    describe.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", (_, scenario) => {
      test.each(["once", "from then on", "killed"] as const satisfies readonly Mode[])(
        "with the nth call failing, %s",
        async (mode) => {
          const fresh = await freshRows(scene(), scenario.corpus);
          const left = await leftBehind(scene(), scenario);
          const found: string[] = [];
          const stride = EVERY_CALL ? 1 : scenario.stride * every;
          let n = 1 + (SEED % stride);
          for (let reached = true; reached; n += stride) {
            if (n > CALLS_MAX) throw new Error("the run never ends");
            const prior = await prepare(scene(), scenario);
            const fault = faultAt(n, mode, SEED);
            const run = await scene().run({ args: scenario.args, at: fault.at });
            reached = fault.struck !== undefined;
            const checked = { scene: scene(), scenario: scenario.name, n, mode, run, fault, prior, fresh, left };
            found.push(...[await checkAfterFault(checked)].filter((problem) => problem !== undefined));
          }
          expect(found.join("\n\n")).toBe("");
          expect(n).toBeGreaterThan(10);
        },
        LOOP_MS_MAX,
      );
    });
  });
}

async function prepare(scene: Scene, { prior, corpus }: Scenario): Promise<Prior> {
  await scene.reset();
  await prior(scene);
  scene.write(corpus);
  return { chunks: await scene.chunks(), documents: await scene.documents(), files: await scene.ownTexts() };
}

async function freshRows(scene: Scene, corpus: Corpus): Promise<string[]> {
  await scene.reset();
  scene.write(corpus);
  expect((await scene.run()).exitCode).toBe(0);
  return scene.rows();
}

async function leftBehind(scene: Scene, scenario: Scenario): Promise<string[]> {
  await prepare(scene, scenario);
  expect((await scene.run({ args: scenario.args })).exitCode).toBe(0);
  return scene.ownFiles();
}
