import { z } from "zod";
import { RUN_ERRORS } from "../flow/error-codes.ts";

const text = z.string();
const count = z.number().int().nonnegative();

const figures = {
  files: count.describe("files or pages that were read"),
  documents: count,
  chunks: count,
  embedded: count.describe("texts that were embedded"),
  reused: count.describe("chunks whose vectors were known"),
  added: count.describe("rows that are new"),
  changed: count.describe("rows that were updated"),
  kept: count.describe("rows that stayed as they were"),
  removed: count.describe("rows that left"),
  failed: count.describe("chunks that are not stored"),
};
const ofSource = {
  source: text,
  status: z.enum(["OK", "UNCHANGED", "PARTIAL", "FAILED", "SKIPPED"]),
  reason: text.describe("why, unless it is `OK` or `UNCHANGED`"),
  ...figures,
  duration_ms: count,
};
const dryRun = { dry_run: z.boolean() };

/** Every event of `--json`, as scripts may rely on it. Each line has `type` and `at` before these. */
export const jsonEvents = [
  event("start", "the run begins", {
    version: text,
    sources: z.array(text),
    workers: count,
    mode: z.enum(["parallel", "sequential"]),
    database: text,
    embedder: text,
    model: text,
    dimensions: count,
    ...dryRun,
  }),
  event("source_start", "a source is read", { source: text, parser: text, files: count.describe("0: not known") }),
  event("progress", "how far a source is", {
    source: text,
    documents: count,
    chunks: count,
    embedded: count,
    stored: count,
    in_flight: count.describe("requests under way"),
    chunks_per_s: z.number(),
    eta_s: z.number().nullable().describe("null: not known"),
  }),
  event("retry", "a request failed and is made again", {
    source: text,
    batch: count,
    attempt: count,
    error: text,
    wait_ms: count,
  }),
  event("warning", "something is odd, or a file could not be ingested", { source: text, path: text, reason: text }),
  event("failure", "a chunk is not stored", {
    source: text,
    source_url: text,
    content_hash: text,
    error: text,
    attempts: count,
  }),
  event("outage", "a service does not answer and is waited for", {
    service: z.enum(["embedder", "database"]),
    since_s: count,
  }),
  event("source_end", "a source is done", {
    ...ofSource,
    skipped: z.array(z.strictObject({ path: text, reason: text })).describe("files that were not ingested"),
    ...dryRun,
  }),
  event("summary", "the run is over", {
    exit_code: count,
    mode: text,
    duration_ms: count,
    ...figures,
    sources: z.array(z.strictObject(ofSource)).describe("each as in its `source_end`"),
    ...dryRun,
  }),
  event("error", "the run cannot start, or ends early", {
    code: z
      .string()
      .refine((code) => Object.hasOwn(RUN_ERRORS, code))
      .describe("see below"),
    message: text,
    hint: text.describe("what can be done now"),
  }),
] as const;

function event<const Type extends string, Fields extends z.ZodRawShape>(type: Type, meaning: string, fields: Fields) {
  return z.strictObject({ type: z.literal(type), at: z.iso.datetime(), ...fields }).describe(meaning);
}
