import { embeddedLane, serverLane } from "../support/databases.ts";
import { testDryRun } from "./dry-run.ts";

testDryRun(embeddedLane);
testDryRun(serverLane);
