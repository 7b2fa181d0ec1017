import { afterAll, beforeAll, describe } from "bun:test";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import type { Database } from "../../src/store/driver/database.ts";
import type { Lane, TestDatabase } from "./databases.ts";
import { Scene } from "./scene.ts";

const OPENING_MS_MAX = 120_000;

/** What defines tests on scenes. `reference` is a second one, with a database of its own. */
type Define = (scene: () => Scene, reference: () => Scene) => void;

/** Runs the tests that `define` defines with scenes on a kind of database; one that cannot be used is skipped, with the reason. */
export function withScenes<Choice extends DatabaseChoice>(lane: Lane<Choice>, name: string, define: Define): void {
  const title = `${name}, ${lane.name}`;
  if (lane.skipped !== undefined) return describe.skip(`${title} (${lane.skipped})`, () => define(unopened, unopened));
  describe(title, () => {
    const opened: (AsyncDisposable & { readonly scene: Scene })[] = [];
    const made = async (index: number): Promise<void> => {
      opened[index] = await openScene(lane);
    };
    const at = (index: number) => () => {
      const scene = opened[index]?.scene;
      if (scene === undefined) throw new Error("the scene is not made yet");
      return scene;
    };
    // Of a machine that is busy with other tests.
    beforeAll(async () => {
      await made(0);
      await made(1);
    }, OPENING_MS_MAX);
    afterAll(async () => {
      for (const one of opened) await one[Symbol.asyncDispose]();
    });
    define(at(0), at(1));
  });
}

async function openScene<Choice extends DatabaseChoice>(lane: Lane<Choice>) {
  const created: TestDatabase<Choice> = await lane.create();
  const database: Database = await lane.open(created.choice);
  const scene = new Scene(database, created.choice);
  return {
    scene,
    async [Symbol.asyncDispose]() {
      await scene[Symbol.asyncDispose]();
      await database.close();
      await created.drop();
    },
  };
}

function unopened(): never {
  throw new Error("a skipped lane has no scene");
}
