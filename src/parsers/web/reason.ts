import { IngestError } from "../../flow/errors.ts";
import type { Unlisted } from "../parser.ts";

/** Why there is no page; errors that are not expected are bugs, and thrown, as is the reason of an aborted run. */
export function reasonOf(error: unknown): string {
  if (error instanceof IngestError && (error.decision === "skip" || error.decision === "retry")) return error.message;
  throw error;
}

/** The server did not answer, even after retries. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof IngestError && error.decision === "retry";
}

export function unlisted(path: string, reason: string): Unlisted {
  return { kind: "unlisted", path, reason };
}
