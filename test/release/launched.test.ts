import { embeddedLane } from "../support/databases.ts";
import { lanes, testStopsBy } from "../binary/stopping.ts";

// The launcher of the npm package passes on as SIGUSR2 what a terminal or a service manager may have sent to both.
testStopsBy(
  [
    ["what a launcher passes on", ({ child }) => child.kill("SIGUSR2")],
    [
      "a signal that a launcher passes on as well",
      ({ child }) => {
        child.kill("SIGTERM");
        child.kill("SIGUSR2");
      },
    ],
  ],
  ["parallel"],
  lanes.filter(({ name }) => name === embeddedLane.name),
);
