import type { ErrorCode } from "../flow/error-codes.ts";
import { IngestError } from "../flow/errors.ts";
import type { Note } from "../parsers/parser.ts";

export type SourceStatus = "OK" | "PARTIAL" | "FAILED" | "SKIPPED" | "UNCHANGED";

export type SourceTotals = {
  /** Files, pages and the like that were read. */
  readonly files: number;
  readonly documents: number;
  readonly chunks: number;
  /** Texts that were embedded. */
  readonly embedded: number;
  /** Chunks whose vectors were known. */
  readonly reused: number;
  /** Rows that are new, that were updated, that stayed as they were, and that left. */
  readonly added: number;
  readonly changed: number;
  readonly kept: number;
  readonly removed: number;
  /** Chunks that are not stored. */
  readonly failed: number;
};

export type SourceSummary = SourceTotals & {
  readonly source: string;
  readonly status: SourceStatus;
  /** Why the status is FAILED, PARTIAL or SKIPPED; "" otherwise. */
  readonly reason: string;
  readonly durationMs: number;
};

/** All that a run reports. Plain lines and `--json` are renderings of these. */
export type RunEvent =
  | {
      readonly type: "start";
      readonly version: string;
      readonly sources: readonly string[];
      readonly workers: number;
      readonly mode: "parallel" | "sequential";
      readonly database: string;
      readonly embedder: string;
      readonly model: string;
      readonly dimensions: number;
    }
  | {
      readonly type: "source_start";
      readonly source: string;
      readonly parser: string;
      /** 0 when they are counted only as they are read. */
      readonly files: number;
    }
  | {
      readonly type: "progress";
      readonly source: string;
      readonly documents: number;
      readonly chunks: number;
      readonly embedded: number;
      readonly stored: number;
      readonly inFlight: number;
      readonly chunksPerSecond: number;
      readonly etaSeconds: number | null;
    }
  | {
      /** Only rendered with `--verbose`. */
      readonly type: "batch";
      readonly worker: number;
      readonly batch: number;
      readonly chunks: number;
      readonly attempt: number;
      readonly outcome: "sent" | "embedded" | "split" | "failed";
      readonly durationMs: number;
    }
  | {
      readonly type: "retry";
      readonly source: string;
      readonly batch: number;
      readonly attempt: number;
      readonly error: string;
      readonly waitMs: number;
    }
  | { readonly type: "warning"; readonly source: string; readonly path: string; readonly reason: string }
  | {
      readonly type: "failure";
      readonly source: string;
      readonly sourceUrl: string;
      readonly contentHash: string;
      readonly error: string;
      readonly attempts: number;
    }
  /** Before each wait for a service that does not answer. */
  | { readonly type: "outage"; readonly service: "embedder" | "database"; readonly sinceSeconds: number }
  | ({ readonly type: "source_end"; readonly skipped: readonly Note[] } & SourceSummary)
  | ({
      readonly type: "summary";
      readonly exitCode: number;
      readonly mode: string;
      readonly durationMs: number;
      readonly sources: readonly SourceSummary[];
    } & SourceTotals)
  | { readonly type: "error"; readonly code: ErrorCode; readonly message: string; readonly hint: string };

export interface Reporter {
  report(event: RunEvent): void;
}

/** Any thrown value as an `error` event. What we did not expect is a bug: it keeps its stack, so that it can be reported. */
export function errorEvent(error: unknown): Extract<RunEvent, { type: "error" }> {
  if (error instanceof IngestError) {
    return { type: "error", code: error.code, message: error.message, hint: error.hint ?? "" };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    type: "error",
    code: "bug",
    message,
    hint: "this is a bug in bbj-ingest-all; please report it with these lines",
  };
}
