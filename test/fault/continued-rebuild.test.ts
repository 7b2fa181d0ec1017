import { expect, test } from "bun:test";
import { embeddedLane, type Lane, serverLane } from "../support/databases.ts";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import type { Corpus, Scene, SceneOptions } from "../support/scene.ts";
import { ollamaFaults } from "../support/ollama-stand-in.ts";
import { withScenes } from "../support/scenes.ts";

const page = (title: string) => `# ${title}\n\n${`What ${title} says of windows and records. `.repeat(12)}\n`;

const CORPUS: Corpus = {
  "docs/one.md": page("One"),
  "docs/two.md": page("Two"),
  "guide/first.md": page("First"),
  "last/end.md": page("End"),
};
const ALL = ["docs", "guide", "last"];

/** A rebuild that is stopped in its last source, with all others in its tables. */
async function interruptedRebuild(scene: Scene): Promise<void> {
  const at: SceneOptions["at"] = ({ kind, what }) => {
    if (kind === "embed" && what.includes("What End says")) scene.interrupt();
  };
  // One after the other, so that nothing of the others is on its way any more.
  expect((await scene.run({ args: ["--clean", "--sequential"], sources: ALL, at })).exitCode).toBe(130);
}

function onLane<Choice extends DatabaseChoice>(lane: Lane<Choice>): void {
  withScenes(lane, "a rebuild that goes on after another", (scene, reference) => {
    const scenarios: Record<string, { corpus?: Corpus; before?: SceneOptions } & SceneOptions> = {
      "a source was removed": { sources: ["docs", "last"] },
      "a source was disabled": { sources: ALL, disabled: ["guide"] },
      "a source was renamed": {
        corpus: { "docs/one.md": page("One"), "handbook/first.md": page("First"), "last/end.md": page("End") },
        sources: ["docs", "handbook", "last"],
      },
      "its documents changed": {
        corpus: { ...CORPUS, "docs/one.md": page("Another"), "docs/two.md": `${page("Two")}\n${page("More")}` },
        sources: ALL,
      },
      "the chunks became larger": { sources: ALL, env: { BBJ_RAG_CHUNK_SIZE: "200" } },
      "an ordinary run without a source came between": {
        sources: ["docs", "last"],
        before: { sources: ["docs", "last"] },
      },
      "one source was embedded again meanwhile": {
        sources: ["docs", "last"],
        before: { sources: ["docs", "last"], args: ["--clean", "--source", "docs"] },
      },
    };
    for (const [what, { corpus = CORPUS, before, ...options }] of Object.entries(scenarios)) {
      test(`has the rows of a fresh one when ${what}`, async () => {
        await scene().reset();
        scene().write(CORPUS);
        expect((await scene().run({ sources: ALL })).exitCode).toBe(0);
        await interruptedRebuild(scene());
        scene().write(corpus);
        if (before !== undefined) expect((await scene().run(before)).exitCode).toBe(0);
        expect(await scene().run({ ...options, args: ["--clean"] })).toMatchObject({ exitCode: 0 });
        await reference().reset();
        reference().write(corpus);
        expect(await reference().run({ ...options, args: ["--clean"] })).toMatchObject({ exitCode: 0 });
        expect(await scene().rows()).toEqual(await reference().rows());
      });
    }

    test("has the rows of a fresh one when a document changed and one of its chunks fails", async () => {
      const changed = (text: string) => ({ ...CORPUS, "docs/one.md": text });
      const fault = (texts: readonly string[]) =>
        texts.some((text) => text.includes("What Third says")) ? ollamaFaults.notANumber() : undefined;
      for (const [at, goesOn] of [
        [scene(), true],
        [reference(), false],
      ] as const) {
        await at.reset();
        at.write(CORPUS);
        await at.run({ sources: ALL });
        at.write(changed(`${page("One")}\n${page("Second")}`));
        if (goesOn) await interruptedRebuild(at);
        at.write(changed(`${page("One")}\n${page("Third")}`));
        expect(await at.run({ sources: ALL, args: ["--clean"], fault })).toMatchObject({ exitCode: 1 });
      }
      expect(await scene().rows()).toEqual(await reference().rows());
    });

    test("has vectors of one model when its tag was pulled anew meanwhile", async () => {
      for (const [at, goesOn] of [
        [scene(), true],
        [reference(), false],
      ] as const) {
        await at.reset();
        at.write(CORPUS);
        await at.run({ sources: ALL });
        if (goesOn) await interruptedRebuild(at);
        expect(await at.run({ sources: ALL, args: ["--clean"], digest: "abc" })).toMatchObject({ exitCode: 0 });
      }
      expect(await scene().rows()).toEqual(await reference().rows());
    });

    test("has none of the old vectors of a document that fails when the tag was pulled anew", async () => {
      await scene().reset();
      scene().write(CORPUS);
      await scene().run({ sources: ALL, args: ["--clean"] });
      const fault = (texts: readonly string[]) =>
        texts.some((text) => text.includes("What One says")) ? ollamaFaults.notANumber() : undefined;
      expect((await scene().run({ sources: ALL, args: ["--clean"], digest: "abc", fault })).exitCode).toBe(1);
      expect((await scene().chunks()).filter((line) => line.includes("docs://one.md"))).toEqual([]);
      expect((await scene().chunks()).filter((line) => line.includes("docs://two.md"))).not.toEqual([]);
    });

    test("begins anew when the settings say that what it has is too old", async () => {
      await scene().reset();
      scene().write(CORPUS);
      await interruptedRebuild(scene());
      const env = { BBJ_RAG_INGEST_REBUILD_HOURS: "0" };
      const { calls } = await scene().run({ args: ["--clean"], sources: ALL, env });
      const sent = calls.filter(({ kind }) => kind === "embed").map(({ what }) => what);
      expect(sent.filter((text) => text.includes("What One says"))).not.toEqual([]);
    });

    test("that is not swapped in is OK nowhere, and what the log names stays in it", async () => {
      await scene().reset();
      scene().write(CORPUS);
      const fault = (texts: readonly string[]) =>
        texts.some((text) => text.includes("What First says")) ? ollamaFaults.notANumber() : undefined;
      expect((await scene().run({ sources: ALL, fault })).exitCode).toBe(1);
      const logged = await scene().failureLog();
      expect(logged).not.toEqual([]);
      // A source that suddenly has nothing keeps the rebuild from being swapped in.
      scene().write({ ...CORPUS, "docs/one.md": "", "docs/two.md": "" });
      const { exitCode, events } = await scene().run({ sources: ALL, args: ["--clean"] });
      expect(exitCode).toBe(1);
      expect(events.find(({ type }) => type === "summary")).toMatchObject({
        sources: [
          { source: "docs", status: "FAILED" },
          { source: "guide", status: "PARTIAL", reason: expect.stringContaining("not swapped in") },
          { source: "last", status: "PARTIAL", reason: expect.stringContaining("not swapped in") },
        ],
      });
      expect(await scene().failureLog()).toEqual(logged);
    });

    test("sends no text again that is in its tables", async () => {
      await scene().reset();
      scene().write(CORPUS);
      await interruptedRebuild(scene());
      const { calls } = await scene().run({ args: ["--clean"], sources: ALL });
      const sent = calls.filter(({ kind }) => kind === "embed").map(({ what }) => what);
      expect(sent.filter((text) => text.includes("What One says"))).toEqual([]);
    });
  });
}

onLane(serverLane);
onLane(embeddedLane);
