import type { RunEvent } from "../../src/ingest/events.ts";

type Progress = Extract<RunEvent, { type: "progress" }>;

/** The first event of a run of these sources. */
export function startEvent(sources: readonly string[]): RunEvent {
  return {
    ...{ type: "start", version: "1", sources, workers: 4, mode: "parallel", shard: null },
    ...{ database: "PostgreSQL h/db", embedder: "ollama", model: "m", dimensions: 3 },
    ...{ documentPrefix: "", queryPrefix: "" },
  };
}

export function sourceStart(source: string, files: number): RunEvent {
  return { type: "source_start", source, parser: "mdx", files };
}

export function progressEvent(source: string, more: Partial<Progress> = {}): RunEvent {
  return {
    ...{ type: "progress", source, files: 10, filesTotal: 500, documents: 10, chunks: 100, embedded: 90, stored: 90 },
    ...{ failed: 0, inFlight: 1, parsing: 1, latencyMs: 210, retries: 3, limitedBy: "embedding", chunksPerS: 10 },
    ...{ share: null, etaS: 130, ...more },
  };
}

export function sourceEnd(source: string, status: "OK" | "UNCHANGED" | "PARTIAL" | "FAILED" | "SKIPPED"): RunEvent {
  const totals = { documents: 700, embedded: 3_500, reused: 0, added: 3_500, changed: 0, kept: 0, removed: 0 };
  const failed = status === "PARTIAL" ? 12 : 0;
  return {
    type: "source_end",
    source,
    status,
    reason: "",
    files: 704,
    chunks: 3_529,
    failed,
    durationMs: 1,
    skipped: [],
    ...totals,
  };
}

export function batchEvent(worker: number, outcome: "sent" | "embedded"): RunEvent {
  return { type: "batch", worker, batch: 1, chunks: 64, attempt: 1, outcome, durationMs: 0 };
}

export function phaseEvent(
  phase: Extract<RunEvent, { type: "phase" }>["phase"],
  more: Partial<Extract<RunEvent, { type: "phase" }>> = {},
): RunEvent {
  return {
    type: "phase",
    phase,
    state: "begun",
    rows: null,
    step: null,
    share: null,
    durationMs: 0,
    etaS: null,
    ...more,
  };
}

export function warningEvent(path: string): RunEvent {
  return { type: "warning", source: "docs", path, reason: "odd" };
}
