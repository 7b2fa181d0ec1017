import type { ErrorCode } from "../../flow/error-codes.ts";
import { IngestError, messageOf } from "../../flow/errors.ts";
import { systemCode } from "../../flow/system-reason.ts";
import { maskCredentials } from "../../text/mask-credentials.ts";

type Verdict = { readonly decision: "retry" | "skip" | "fatal"; readonly code: ErrorCode; readonly hint?: string };

const LOST: Verdict = { decision: "retry", code: "database_lost" };
const BUSY: Verdict = { decision: "retry", code: "database_busy" };
const TIMEOUT: Verdict = { decision: "retry", code: "database_timeout" };
/** A view or a key needs a column or a table that is to be replaced. */
const DEPENDENTS = fatal(
  "database_dependents",
  "drop the views that depend on the table, run again, and make them anew",
);
const LOGIN = fatal("database_login", "check user and password (database_url, or db_user and db_password)");
const TLS = fatal("database_tls", "check sslmode and sslrootcert in the database URL");
/** The document's fault. */
const DATA: Verdict = { decision: "skip", code: "database_data" };
/** What we did not foresee: no error of the user's. */
const BUG = undefined;

/** By SQLSTATE (PostgreSQL, appendix A), or the class that its first characters name; the longest that fits counts. */
const BY_STATE: Readonly<Record<string, Verdict | undefined>> = {
  "0A000": DEPENDENTS,
  "08": LOST,
  "22": DATA,
  // About the bytes of a COPY, which we encode.
  "22P03": BUG,
  "22P04": BUG,
  "23": DATA,
  "25006": fatal(
    "database_read_only",
    "the database takes no writes: if it is a standby, name the primary; else default_transaction_read_only is on",
  ),
  "25P03": LOST,
  "25P04": TIMEOUT,
  "28": LOGIN,
  "2BP01": DEPENDENTS,
  "3D000": fatal("database_missing", "create it (createdb NAME), or name another one"),
  "40": { decision: "retry", code: "database_conflict" },
  "42501": fatal("database_rights", "grant the database user the right to do this, or name another user"),
  "53": BUSY,
  "53100": fatal("database_full", "free space on the disk of the database, then run again: what was committed stays"),
  // The text of one chunk is too long for tsvector, or its URL for an index.
  "54": DATA,
  "55P03": {
    ...BUSY,
    hint: "end the transaction of the session that has the lock (pg_terminate_backend), then run again",
  },
  "57014": TIMEOUT,
  "57P": LOST,
  "57P04": fatal("database_missing", "the database was dropped; create it anew"),
  "58": fatal("database_damaged", "look into the log of the database server"),
  XX001: fatal("database_damaged", "restore the database, or rebuild the corpus elsewhere"),
  XX002: fatal("database_damaged", "run REINDEX on the database"),
};

/** By the code of Bun's driver, of TLS or of the operating system. */
const BY_CODE: readonly (readonly [RegExp, Verdict])[] = [
  [/^ERR_POSTGRES_(CONNECTION_(CLOSED|FAILED|REFUSED|TIMEOUT)|(IDLE|LIFETIME)_TIMEOUT)$/, LOST],
  [/^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|FailedToOpenSocket)$/, LOST],
  [/^ERR_POSTGRES_(UNKNOWN|UNSUPPORTED)_AUTHENTICATION_METHOD$/, LOGIN],
  [/^ERR_POSTGRES_(SASL_SIGNATURE_MISMATCH|CHANNEL_BINDING_REQUIRED)$/, LOGIN],
  [/^ERR_POSTGRES_TLS_(NOT_AVAILABLE|UPGRADE_FAILED)$/, TLS],
  // Certificates that do not verify, in the words of OpenSSL.
  [/CERT|SELF_SIGNED|UNABLE_TO_/, TLS],
  [/^ENOSPC$/, fatal("database_full", "free space on the disk, then run again")],
];

const DETAIL_CHARACTERS_MAX = 200;

/** True when the database as a whole is away, starting or swamped, rather than at odds with what it was asked. */
export function isDatabaseAway(error: IngestError): boolean {
  return error.code === LOST.code || error.code === BUSY.code;
}

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
  const candidates = ["errno" in error ? error.errno : undefined, systemCode(error)];
  return candidates.filter((value) => typeof value === "string").find((value) => /^(?=.*\d)[0-9A-Z]{5}$/.test(value));
}

function fatal(code: ErrorCode, hint: string): Verdict {
  return { decision: "fatal", code, hint };
}

function verdictOf(error: Error): Verdict | undefined {
  const state = sqlStateOf(error);
  if (state !== undefined) {
    const known = [state, state.slice(0, 3), state.slice(0, 2)].find((name) => name in BY_STATE);
    return known === undefined ? BUG : BY_STATE[known];
  }
  const code = systemCode(error) ?? "";
  return BY_CODE.find(([pattern]) => pattern.test(code))?.[1];
}

/** What stands in the way, where the message does not say: the name of a view, of a constraint, the line of a COPY. */
function detailOf(error: unknown): string {
  const detail = error instanceof Error && "detail" in error ? error.detail : undefined;
  return typeof detail === "string" ? detail.slice(0, DETAIL_CHARACTERS_MAX) : "";
}
