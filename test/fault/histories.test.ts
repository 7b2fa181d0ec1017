import { test } from "bun:test";
import fc from "fast-check";
import { withScenes } from "../support/scenes.ts";
import { history, live } from "./history.ts";

/** How many histories; `npm run soak` lives through more. */
const HISTORIES = Number(process.env.BBJ_TEST_HISTORIES ?? 12);
const SEED = Number(process.env.BBJ_TEST_SEED ?? Date.now() % 1_000_000);
const HISTORIES_MS_MAX = 3_600_000;

withScenes(`random histories (BBJ_TEST_SEED=${SEED})`, (scene, reference) => {
  test(
    "end with the rows of a fresh ingest after every run that succeeds",
    async () => {
      await fc.assert(
        fc.asyncProperty(history, (steps) => live(steps, scene(), reference())),
        { numRuns: HISTORIES, seed: SEED, endOnFailure: Boolean(process.env.CI) },
      );
    },
    HISTORIES_MS_MAX,
  );
});
