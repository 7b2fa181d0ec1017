import { embeddedLane } from "../support/databases.ts";
import { testFaultLoop } from "./fault-loop.ts";
import { testHistories } from "./history.ts";

// Of the calls that `npm run test:faults` fails, one in so many, and of its histories the first.
testFaultLoop(embeddedLane, { every: 128 });
testHistories(embeddedLane, { histories: 1 });
