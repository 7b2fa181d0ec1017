import { z } from "zod";
import { jsonLine } from "./json.ts";

const text = z.string();
const count = z.int().nonnegative();

/** What was looked at, in the order in which it is told. */
export const AREAS = [
  "configuration",
  "environment",
  "sources",
  "directories",
  "database",
  "corpus",
  "embedder",
  "leftovers",
] as const;

/** How things stand. Only a `problem` would stop a run. */
const STATES = ["ok", "note", "warning", "problem"] as const;

/** What `doctor` says with `--json`, a line each, with what it means. */
export const DOCTOR_LINES = [
  z
    .strictObject({
      type: z.literal("finding"),
      area: z.enum(AREAS),
      what: text.describe("what was looked at, within its area"),
      state: z.enum(STATES).describe("`problem`: it would stop a run; `note`: nothing is wrong"),
      detail: text,
      remedy: text
        .nullable()
        .describe("what mends it, to be pasted; null: nothing to mend, or nothing that one line mends"),
      into: text
        .nullable()
        .describe(
          "where the remedy is pasted: `shell`, `psql`, or a file, where a line takes the place of one with its key",
        ),
      hint: text.describe("what else to do; empty: nothing"),
    })
    .describe("what was found out about one thing"),
  z
    .strictObject({
      type: z.literal("doctor"),
      exitCode: count,
      ok: count,
      notes: count,
      warnings: count,
      problems: count,
    })
    .describe("the last line"),
] as const;

type Line = z.infer<(typeof DOCTOR_LINES)[number]>;
type FindingLine = Extract<Line, { type: "finding" }>;

export type Area = FindingLine["area"];
export type FindingState = FindingLine["state"];

/** What was found out about one thing, and what mends it. */
export type Finding = Readonly<
  Pick<FindingLine, "area" | "what" | "state" | "detail"> & {
    /** To be pasted as it is, into what `into` names. */
    readonly remedy?: string | undefined;
    /** A shell, when it is left out; `psql`, or a file, where a line takes the place of one with its key. */
    readonly into?: string | undefined;
    /** What else to do, in words. */
    readonly hint?: string | undefined;
  }
>;

export function findingLine({ remedy, into = "shell", hint = "", ...finding }: Finding): string {
  const paste = remedy === undefined ? { remedy: null, into: null } : { remedy, into };
  return doctorLine({ type: "finding", ...finding, ...paste, hint });
}

export function doctorSummaryLine(findings: readonly Finding[], exitCode: number): string {
  const { ok, note, warning, problem } = statesOf(findings);
  return doctorLine({ type: "doctor", exitCode, ok, notes: note, warnings: warning, problems: problem });
}

/** How many findings are of each state. */
export function statesOf(findings: readonly Finding[]): Readonly<Record<FindingState, number>> {
  const counts = { ok: 0, note: 0, warning: 0, problem: 0 };
  for (const { state } of findings) counts[state]++;
  return counts;
}

function doctorLine(line: Line): string {
  return jsonLine(line);
}
