import { IngestError } from "../../src/flow/errors.ts";

/** The usage error that `act` throws; any other outcome fails the test. */
export function usageErrorOf(act: () => unknown): IngestError {
  let result: unknown;
  try {
    result = act();
  } catch (error) {
    if (error instanceof IngestError && error.code === "usage" && error.decision === "fatal") return error;
    throw error;
  }
  throw new Error(`expected a usage error, but got ${JSON.stringify(result)}`);
}
