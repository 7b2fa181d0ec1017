import { describe, expect, test } from "bun:test";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import type { Lane } from "../support/databases.ts";
import type { Corpus, Scene, SceneRun } from "../support/scene.ts";
import { withScenes } from "../support/scenes.ts";
import { SEED } from "../support/seed.ts";
import { SCENARIOS, type Scenario } from "./scenarios.ts";
import { checkAfterFault, faultAt, type Mode, type Prior } from "./fault-check.ts";

/** More calls than any of these runs makes. */
const CALLS_MAX = 2_000;
/** `npm run soak` leaves none out. */
const EVERY_CALL = process.env.BBJ_TEST_EVERY_CALL === "1";
const LOOP_MS_MAX = 600_000;

const MODES = ["once", "from then on", "killed"] as const satisfies readonly Mode[];

/** The tests of the fault loop on one kind of database. A sample fails every so many calls, each scenario in one mode. */
export function testFaultLoop<Choice extends DatabaseChoice>(lane: Lane<Choice>, { every = 1 } = {}): void {
  const extent = every === 1 ? "" : `, a sample of one in ${every}`;
  withScenes(lane, `the fault loop (BBJ_TEST_SEED=${SEED})${extent}`, (scene) => {
    describe.each(SCENARIOS.map((scenario, index) => [scenario.name, scenario, index] as const))(
      "%s",
      (_, scenario, index) => {
        test.each(every === 1 ? MODES : MODES.filter((_, mode) => mode === index % MODES.length))(
          "with the nth call failing, %s",
          async (mode) => {
            const fresh = await freshRows(scene(), scenario.corpus);
            const { left, calls } = await withoutFault(scene(), scenario);
            const repeated = EVERY_CALL ? new Set() : repeatedLooks(calls);
            const found: string[] = [];
            const stride = EVERY_CALL ? 1 : scenario.stride * every;
            // Each mode has calls of its own: what one leaves out, another one fails.
            let n = 1 + ((SEED + MODES.indexOf(mode)) % stride);
            for (let reached = true; reached; n += stride) {
              if (repeated.has(n)) continue;
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
      },
    );
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

/** The files that the run leaves, and the calls that it makes. */
async function withoutFault(scene: Scene, scenario: Scenario) {
  await prepare(scene, scenario);
  const { exitCode, calls } = await scene.run({ args: scenario.args });
  expect(exitCode).toBe(0);
  return { left: scene.ownFiles(), calls };
}

/** Numbers of the calls that look at a path once more, when it was looked at twice: every link on the way to a file is asked for. */
function repeatedLooks(calls: SceneRun["calls"]): ReadonlySet<number> {
  const seen = new Map<string, number>();
  const repeated = new Set<number>();
  for (const [index, { kind, what }] of calls.entries()) {
    if (kind !== "list") continue;
    const times = (seen.get(what) ?? 0) + 1;
    seen.set(what, times);
    if (times > 2) repeated.add(index + 1);
  }
  return repeated;
}
