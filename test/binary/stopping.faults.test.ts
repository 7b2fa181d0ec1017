import { CTRL_C, testStopsBy } from "./stopping.ts";

// `npm test` has Ctrl-C of a parallel run; the others go the same way.
testStopsBy([["Ctrl-C", ({ press }) => press(CTRL_C)]], ["sequential"]);
testStopsBy(
  [
    ["SIGTERM", ({ child }) => child.kill("SIGTERM")],
    ["SIGHUP", ({ child }) => child.kill("SIGHUP")],
  ],
  ["parallel", "sequential"],
);
