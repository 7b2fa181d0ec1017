import { IngestError, messageOf } from "../flow/errors.ts";

type Verdict = { readonly decision: "retry" | "skip" | "fatal"; readonly code: string; readonly hint?: string };

/** By SQLSTATE; two characters stand for a class. Anything not named is a bug of ours. */
const BY_STATE: Readonly<Record<string, Verdict>> = {
  "08": { decision: "retry", code: "database_lost" },
  "57P01": { decision: "retry", code: "database_lost" },
  "57P02": { decision: "retry", code: "database_lost" },
  "57P03": { decision: "retry", code: "database_starting" },
  "57P05": { decision: "retry", code: "database_lost" },
  "40001": { decision: "retry", code: "database_conflict" },
  "40P01": { decision: "retry", code: "database_conflict" },
  "53300": { decision: "retry", code: "database_busy" },
  "55P03": { decision: "retry", code: "database_busy" },
  "57014": { decision: "retry", code: "database_timeout" },
  "53100": {
    decision: "fatal",
    code: "database_full",
    hint: "free space on the database server, then run again: what was committed stays",
  },
  "53200": { decision: "fatal", code: "database_memory", hint: "the database server is out of memory" },
  "25006": {
    decision: "fatal",
    code: "database_read_only",
    hint: "the database is read-only (a standby?); name the primary",
  },
  "42501": { decision: "fatal", code: "database_rights", hint: "the database user needs the right to do this" },
  "28": {
    decision: "fatal",
    code: "database_login",
    hint: "check user and password (database_url, or db_user and db_password)",
  },
  "3D000": { decision: "fatal", code: "database_missing", hint: "create it (createdb NAME), or name another one" },
  "22": { decision: "skip", code: "database_data" },
  "23": { decision: "skip", code: "database_data" },
  "54": { decision: "skip", code: "database_data" },
};

const CONNECTION_CODES = new Set([
  "ERR_POSTGRES_CONNECTION_CLOSED",
  "ERR_POSTGRES_CONNECTION_TIMEOUT",
  "ERR_POSTGRES_CONNECTION_FAILED",
  "ERR_POSTGRES_CONNECTION_REFUSED",
  "ERR_POSTGRES_IDLE_TIMEOUT",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "ENOENT",
  "FailedToOpenSocket",
]);

/** An error of the database as an `IngestError`; one we do not know is returned as it is: a bug. */
export function classifyDatabaseError(error: unknown, description: string): unknown {
  if (error instanceof IngestError || !(error instanceof Error)) return error;
  const verdict = verdictOf(error);
  if (verdict === undefined) return error;
  return new IngestError(`${description}: ${messageOf(error)}`, { ...verdict, cause: error });
}

function verdictOf(error: Error): Verdict | undefined {
  // Bun puts the SQLSTATE into `errno`, PGlite into `code`.
  const states = ["errno" in error ? error.errno : undefined, "code" in error ? error.code : undefined];
  for (const state of states) {
    if (typeof state !== "string") continue;
    const verdict = BY_STATE[state] ?? (state.length === 5 ? BY_STATE[state.slice(0, 2)] : undefined);
    if (verdict !== undefined) return verdict;
    if (CONNECTION_CODES.has(state)) return { decision: "retry", code: "database_lost" };
  }
  return undefined;
}
