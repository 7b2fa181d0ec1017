import { serverLane } from "../support/databases.ts";
import { testFaultLoop } from "./fault-loop.ts";
import { testHistories } from "./history.ts";

testFaultLoop(serverLane);
testHistories(serverLane);
