import { expect } from "bun:test";
import type { Corpus, Scene } from "../support/scene.ts";

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

/** A run over a corpus, and what was before it. */
export type Scenario = {
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
export const SCENARIOS: readonly Scenario[] = [
  { name: "a first run", prior: async () => {}, corpus: BEFORE, args: [], stride: 2 },
  { name: "a run over an edited corpus", prior: ingested, corpus: NEXT, args: [], stride: 2 },
  { name: "a sequential run over an edited corpus", prior: ingested, corpus: NEXT, args: ["--sequential"], stride: 5 },
  { name: "a rebuild", prior: ingested, corpus: NEXT, args: ["--clean"], stride: 6 },
  {
    name: "a rebuild that is measured",
    prior: ingested,
    corpus: {
      ...NEXT,
      "questions.jsonl": '{"id": "1", "query": "on the new way", "expect": {"url_contains": "edited"}}\n',
    },
    args: ["--clean", "--eval", "corpus/questions.jsonl", "--tolerance", "1"],
    stride: 7,
  },
  { name: "--clean of one source", prior: ingested, corpus: BEFORE, args: ["--clean", "--source", "docs"], stride: 2 },
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
    stride: 2,
  },
];
