import { type IngestError, usageError } from "../flow/errors.ts";

/** One error for all `problems` (at least one): the only one as it is, several as a list under `heading`. */
export function problemsError(heading: string, problems: readonly string[], hint?: string): IngestError {
  const [first] = problems;
  if (first !== undefined && problems.length === 1) return usageError(first, hint);
  return usageError(
    [`${heading}: ${problems.length} problems`, ...problems.map((problem) => `  ${problem}`)].join("\n"),
    hint,
  );
}
