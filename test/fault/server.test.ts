import { serverLane } from "../support/databases.ts";
import { testFaultLoop } from "./fault-loop.ts";
import { testHistories } from "./history.ts";

// Of the calls that `npm run test:faults` fails, one in so many, and of its histories the first two.
testFaultLoop(serverLane, { every: 64 });
testHistories(serverLane, { histories: 2 });
