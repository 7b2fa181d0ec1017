import { embeddedLane, serverLane } from "../support/databases.ts";
import { testFaultLoop } from "./fault-loop.ts";
import { testHistories } from "./history.ts";

// Of the calls that `npm run test:faults` fails, one in so many, and of its histories the first. The embedded database
// works in this process, and takes twice the time.
testFaultLoop(embeddedLane, { every: 48 });
testFaultLoop(serverLane, { every: 24 });
testHistories(embeddedLane, { histories: 1 });
testHistories(serverLane, { histories: 2 });
