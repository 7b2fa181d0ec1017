import { describe } from "bun:test";
import { IDENTITY, onEveryLane } from "../support/databases.ts";
import { MemoryStore } from "../support/memory-store.ts";
import { pipelineStoreContract } from "./pipeline-store-contract.ts";
import { runRecordsContract } from "./run-records-contract.ts";
import { storeContract } from "./store-contract.ts";

onEveryLane("a store", (context) => {
  storeContract(context);
  pipelineStoreContract(context);
  runRecordsContract({ prepared: context.prepared, fresh: () => context.store() });
});

describe("the store in memory", () => {
  const prepared = async () => {
    const store = new MemoryStore();
    await store.prepare(IDENTITY);
    return store;
  };
  pipelineStoreContract({ prepared });
  runRecordsContract({ prepared, fresh: () => new MemoryStore() });
});
