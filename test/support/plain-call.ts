import { callOf } from "../../src/config/call.ts";
import type { IngestError } from "../../src/flow/errors.ts";

/** A call by name, without flags. */
export const plainCall = callOf(["bbj-ingest-all"], {});

/** What an error says to do now. */
export function hintOf({ hint = "" }: IngestError, call = plainCall): string {
  return typeof hint === "string" ? hint : hint(call);
}
