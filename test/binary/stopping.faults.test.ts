import { testStopsBy } from "./stopping.ts";

// `npm test` has Ctrl-C, which goes the same way.
testStopsBy([
  ["SIGTERM", ({ child }) => child.kill("SIGTERM")],
  ["SIGHUP", ({ child }) => child.kill("SIGHUP")],
]);
