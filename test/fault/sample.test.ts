import { embeddedLane, serverLane } from "../support/databases.ts";
import { testFaultLoop } from "./fault-loop.ts";
import { testHistories } from "./history.ts";

/** `npm run test:faults` leaves none out. */
const EVERY = 16;
const HISTORIES = 2;

testFaultLoop(embeddedLane, { every: EVERY });
testFaultLoop(serverLane, { every: EVERY });
testHistories(embeddedLane, { histories: HISTORIES });
testHistories(serverLane, { histories: HISTORIES });
