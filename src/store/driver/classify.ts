import type { ErrorCode } from "../../flow/error-codes.ts";
import { IngestError, messageOf } from "../../flow/errors.ts";
import { maskCredentials } from "../../text/mask-credentials.ts";

type Verdict = { readonly decision: "retry" | "skip" | "fatal"; readonly code: ErrorCode; readonly hint?: string };

const LOST: Verdict = { decision: "retry", code: "database_lost" };
const BUSY: Verdict = { decision: "retry", code: "database_busy" };
const HELD: Verdict = {
  decision: "retry",
  code: "database_busy",
  hint: "end the transaction of the session that has the lock (pg_terminate_backend), then run again",
};
const TLS: Verdict = {
  decision: "fatal",
  code: "database_tls",
  hint: "check sslmode and sslrootcert in the database URL",
};
/** A view or a key needs a column or a table that is to be replaced. */
const DEPENDENTS: Verdict = {
  decision: "fatal",
  code: "database_dependents",
  hint: "drop the views that depend on the table, run again, and make them anew",
};
const LOGIN: Verdict = {
  decision: "fatal",
  code: "database_login",
  hint: "check user and password (database_url, or db_user and db_password)",
};

/**
 * By SQLSTATE (PostgreSQL, appendix A); two characters stand for a class.
 * What is not named is a bug of ours, e.g. a syntax error or a missing column.
 */
const BY_STATE: Readonly<Record<string, Verdict>> = {
  "0A000": DEPENDENTS,
  "08": LOST,
  "22": { decision: "skip", code: "database_data" },
  "23": { decision: "skip", code: "database_data" },
  "25006": {
    decision: "fatal",
    code: "database_read_only",
    hint: "the database takes no writes (a standby?); name the primary",
  },
  "25P03": LOST,
  "25P04": { decision: "retry", code: "database_timeout" },
  "28": LOGIN,
  "2BP01": DEPENDENTS,
  "3D000": {
    decision: "fatal",
    code: "database_missing",
    hint: "create it (createdb NAME), or name another one",
  },
  "40": { decision: "retry", code: "database_conflict" },
  "42501": {
    decision: "fatal",
    code: "database_rights",
    hint: "grant the database user the right to do this, or name another user",
  },
  "53": BUSY,
  "53100": {
    decision: "fatal",
    code: "database_full",
    hint: "free space on the disk of the database, then run again: what was committed stays",
  },
  // The text of one chunk is too long for tsvector, or its URL for an index.
  "54": { decision: "skip", code: "database_data" },
  "55P03": HELD,
  "57014": { decision: "retry", code: "database_timeout" },
  "57P": LOST,
  "57P04": { decision: "fatal", code: "database_missing", hint: "the database was dropped; create it anew" },
  "58": { decision: "fatal", code: "database_damaged", hint: "look into the log of the database server" },
  XX001: { decision: "fatal", code: "database_damaged", hint: "restore the database, or rebuild the corpus elsewhere" },
  XX002: { decision: "fatal", code: "database_damaged", hint: "run REINDEX on the database" },
};

/** True when the database as a whole is away, starting or swamped, rather than at odds with what it was asked. */
export function isDatabaseAway(error: IngestError): boolean {
  return error.code === LOST.code || error.code === BUSY.code;
}

/** In class 22, but about the bytes of a COPY, which we encode, and not about a document. */
const OUR_BUGS = new Set(["22P03", "22P04"]);
const DETAIL_CHARACTERS_MAX = 200;

/** Codes of Bun's driver and of the operating system. */
const BY_CODE: Readonly<Record<string, Verdict>> = {
  ERR_POSTGRES_CONNECTION_CLOSED: LOST,
  ERR_POSTGRES_CONNECTION_FAILED: LOST,
  ERR_POSTGRES_CONNECTION_REFUSED: LOST,
  ERR_POSTGRES_CONNECTION_TIMEOUT: LOST,
  ERR_POSTGRES_IDLE_TIMEOUT: LOST,
  ERR_POSTGRES_LIFETIME_TIMEOUT: LOST,
  ERR_POSTGRES_TLS_NOT_AVAILABLE: TLS,
  ERR_POSTGRES_TLS_UPGRADE_FAILED: TLS,
  ERR_POSTGRES_UNKNOWN_AUTHENTICATION_METHOD: LOGIN,
  ERR_POSTGRES_UNSUPPORTED_AUTHENTICATION_METHOD: LOGIN,
  ERR_POSTGRES_SASL_SIGNATURE_MISMATCH: LOGIN,
  ERR_POSTGRES_CHANNEL_BINDING_REQUIRED: LOGIN,
  ECONNREFUSED: LOST,
  ECONNRESET: LOST,
  EPIPE: LOST,
  ETIMEDOUT: LOST,
  ENOTFOUND: LOST,
  FailedToOpenSocket: LOST,
  ENOSPC: { decision: "fatal", code: "database_full", hint: "free space on the disk, then run again" },
};

/**
 * An error of the database as an `IngestError`, with what else is known of it; one we do not know is returned as it is:
 * a bug.
 */
export function classifyDatabaseError(error: unknown, description: string, detail = detailOf(error)): unknown {
  if (error instanceof IngestError || !(error instanceof Error)) return error;
  const verdict = verdictOf(error);
  if (verdict === undefined) return error;
  const message = `${description}: ${maskCredentials(messageOf(error))}${detail === "" ? "" : ` (${detail})`}`;
  return new IngestError(message, { ...verdict, cause: error });
}

/** The SQLSTATE of an error of the database: Bun puts it into `errno`, PGlite into `code`. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const candidates = ["errno" in error ? error.errno : undefined, "code" in error ? error.code : undefined];
  return candidates.filter((value) => typeof value === "string").find((value) => /^(?=.*\d)[0-9A-Z]{5}$/.test(value));
}

function verdictOf(error: Error): Verdict | undefined {
  const state = sqlStateOf(error);
  if (state !== undefined && OUR_BUGS.has(state)) return undefined;
  if (state !== undefined) return BY_STATE[state] ?? BY_STATE[state.slice(0, 3)] ?? BY_STATE[state.slice(0, 2)];
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // Certificates that do not verify, in the words of OpenSSL.
  return BY_CODE[code] ?? (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code) ? TLS : undefined);
}

/** What stands in the way, where the message does not say: the name of a view, of a constraint, the line of a COPY. */
function detailOf(error: unknown): string {
  const detail = error instanceof Error && "detail" in error ? error.detail : undefined;
  return typeof detail === "string" ? detail.slice(0, DETAIL_CHARACTERS_MAX) : "";
}
