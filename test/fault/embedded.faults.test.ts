import { embeddedLane } from "../support/databases.ts";
import { testFaultLoop } from "./fault-loop.ts";
import { testHistories } from "./history.ts";

testFaultLoop(embeddedLane);
testHistories(embeddedLane);
