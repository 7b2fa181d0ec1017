import { onEveryLane } from "../support/databases.ts";
import { storeContract } from "./store-contract.ts";

onEveryLane("a store", storeContract);
