import { z } from "zod";
import { type ErrorCode, RUN_ERRORS } from "../flow/error-codes.ts";
import { type Call, IngestError } from "../flow/errors.ts";

const text = z.string();
const count = z.int().nonnegative();
const texts = z.array(text).readonly();

const totals = z.strictObject({
  files: count.describe("files or pages that were read"),
  documents: count,
  chunks: count,
  embedded: count.describe("texts that were embedded"),
  reused: count.describe("chunks whose vectors were known"),
  added: count.describe("rows that are new"),
  changed: count.describe("rows that were updated"),
  kept: count.describe("rows of what was read that stayed as they were"),
  removed: count.describe("rows that left"),
  failed: count.describe("chunks that are not stored, and files that could not be ingested"),
});
const ofSource = {
  source: text,
  status: z.enum(["OK", "UNCHANGED", "PARTIAL", "FAILED", "SKIPPED"]),
  reason: text.describe("why, unless it is `OK` or `UNCHANGED`"),
  ...totals.shape,
  durationMs: count,
};
/** What overlaps, so that one waits for the other. */
const STAGES = ["parsing", "embedding", "storing"] as const;
/** What holds up the whole run. */
const PHASES = [
  "opening",
  "locking",
  "listing",
  "probing",
  "preparing",
  "outage",
  "sweeping",
  "indexing",
  "measuring",
  "swapping",
] as const;
const stageOrPhase = z.enum([...STAGES, ...PHASES]);
const ofService = {
  service: z.enum(["embedder", "database"]),
  host: text.describe("where it is, without a password"),
};
const sourceSummary = z.strictObject(ofSource);
const note = z.strictObject({ kind: z.enum(["skipped", "warning", "failed"]), path: text, reason: text });

/**
 * All that a run reports, with what it means; plain lines and `--json` are renderings of these. Keys are those of
 * `--json` but for their case.
 */
export const RUN_EVENTS = [
  event("start", "the run begins", {
    version: text,
    sources: texts,
    workers: count,
    mode: z.enum(["parallel", "sequential"]),
    database: text,
    embedder: text,
    model: text,
    dimensions: count,
    documentPrefix: text.describe("sent before each chunk"),
    queryPrefix: text.describe("sent before a question"),
    shard: text.nullable().describe("which part of the sources it is, as `--shard` says; null: all"),
  }),
  event("source_start", "a source is read", { source: text, parser: text, files: count.describe("0: not known") }),
  event("phase", "a part of the run that holds up the rest begins, goes on or has ended", {
    phase: z
      .enum(PHASES)
      .describe(
        "`opening` the database; `locking` the sources; `listing` the files of all sources; `probing` the embedder; " +
          "`preparing` the tables; an `outage`; `sweeping` what is gone; `indexing` the vectors; `measuring` what search finds, for `--eval`; `swapping` the rebuild in",
      ),
    state: z.enum(["begun", "going on", "ended"]),
    rows: count.nullable().describe("of the index; null: of no matter"),
    step: text
      .nullable()
      .describe("what it is at: of `indexing` which index, and what the database does for it; null: not known"),
    share: z.number().nullable().describe("what is done of the step, 0 to 1; null: not known"),
    durationMs: count,
    etaS: z.number().nullable().describe("until the step ends, of what has `begun` as others took; null: not known"),
  }),
  event("progress", "how far a source is, and the run", {
    source: text,
    files: count.describe("that were read"),
    filesTotal: count.describe("0: not known"),
    documents: count,
    chunks: count,
    embedded: count,
    stored: count,
    failed: count.describe("chunks that are not stored"),
    inFlight: count.describe("requests under way"),
    parsing: count.describe("files or pages that are being parsed"),
    latencyMs: count.nullable().describe("the median of the last requests that were answered; null: none was"),
    retries: count.describe("requests and statements that were made again, in the run so far"),
    limitedBy: z.enum(STAGES).describe("what the run waited for most of late"),
    chunksPerS: z.number(),
    share: z.number().nullable().describe("what is done of the run, 0 to 1, by time; null: not known"),
    etaS: z.number().nullable().describe("until the run is done; null: not known"),
  }),
  event("batch", "a batch is sent, or answered; only in `--verbose` lines", {
    worker: count,
    batch: count,
    chunks: count,
    attempt: count,
    outcome: z.enum(["sent", "embedded", "split", "failed"]),
    durationMs: count,
  }),
  event("retry", "a request failed and is made again; not said of those that fail because of an `outage`", {
    source: text,
    batch: count,
    attempt: count,
    error: text,
    waitMs: count,
  }),
  event("warning", "something is odd, or a file was not ingested", {
    source: text,
    path: text,
    reason: text,
    kind: z
      .enum(["skipped", "failed"])
      .optional()
      .describe("of a file that was not ingested: `skipped` on purpose (a draft, another kind of file), or `failed`"),
  }),
  event("failure", "a chunk is not stored", {
    source: text,
    sourceUrl: text,
    contentHash: text,
    error: text,
    attempts: count,
  }),
  event("outage", "a service does not answer, or with errors only, and is waited for; said at once, and every 30 s", {
    ...ofService,
    error: text.describe("what it was noticed by"),
    answers: z.boolean().describe("it does, but with errors"),
    since: text.describe("date and time"),
    until: text.describe("date and time when it is given up"),
    sinceS: count,
  }),
  event("outage_end", "a service answers again, or is not waited for any more", {
    ...ofService,
    end: z.enum(["returned", "gone", "stopped"]).describe("`stopped`: the run is to stop"),
    lastedS: count,
  }),
  event(
    "stopping",
    "a run that was asked to stop still waits for what is under way; said after 5 s, 15 s and at the end",
    {
      waitsFor: text,
      sinceS: count.describe("how long that has been under way"),
      gaveUp: z.boolean().describe("it is not waited for any more; the next run does it"),
    },
  ),
  event("source_end", "a source is done", {
    ...ofSource,
    skipped: z.array(note).readonly().describe("files that were not ingested"),
  }),
  event("summary", "the run is over", {
    exitCode: count,
    mode: text,
    durationMs: count,
    phases: z
      .array(z.strictObject({ phase: stageOrPhase, durationMs: count }))
      .readonly()
      .describe("how long the run waited for each stage (`parsing`, `embedding`, `storing`) and was in each `phase`"),
    ...totals.shape,
    sources: z.array(sourceSummary).readonly().describe("each as in its `source_end`"),
  }),
  event("error", "the run cannot start, or ends early", {
    code: z.custom<ErrorCode>((code) => Object.keys(RUN_ERRORS).some((known) => known === code)).describe("see below"),
    message: text,
    hint: text.describe("what can be done now"),
  }),
] as const;

export type Stage = (typeof STAGES)[number];
export type Phase = (typeof PHASES)[number];
export type RunEvent = z.infer<(typeof RUN_EVENTS)[number]>;
export type SourceSummary = z.infer<typeof sourceSummary>;
export type SourceStatus = SourceSummary["status"];
export type SourceTotals = z.infer<typeof totals>;

export interface Reporter {
  report(event: RunEvent): void;
}

const TOTALS = totals.keyof().options;
const NO_TOTALS = totals.parse(Object.fromEntries(TOTALS.map((key) => [key, 0])));

/** The sums over sources. */
export function totalsOf(sources: readonly SourceTotals[]): SourceTotals {
  return sources.reduce(addTotals, NO_TOTALS);
}

export function addTotals(sums: SourceTotals, more: Partial<SourceTotals>): SourceTotals {
  const added = { ...sums };
  for (const key of TOTALS) added[key] += more[key] ?? 0;
  return added;
}

/** Any thrown value as an `error` event. What we did not expect is a bug: it keeps its stack, so that it can be reported. */
export function errorEvent(error: unknown, call: Call): Extract<RunEvent, { type: "error" }> {
  if (error instanceof IngestError) {
    const { code, message, hint = "" } = error;
    return { type: "error", code, message, hint: typeof hint === "string" ? hint : hint(call) };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const hint = "this is a bug in bbj-ingest-all; please report it with these lines";
  return { type: "error", code: "bug", message, hint };
}

function event<const Type extends string, Fields extends z.ZodRawShape>(type: Type, meaning: string, fields: Fields) {
  return z.strictObject({ type: z.literal(type), ...fields }).describe(meaning);
}
