import { IngestError } from "../../src/flow/errors.ts";

/** The `IngestError` a promise rejects with; any other outcome fails the test. */
export async function failureOf(promise: Promise<unknown>): Promise<IngestError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof IngestError) return error;
    throw error;
  }
  throw new Error("expected an IngestError, but nothing was thrown");
}
