import type { ErrorCode } from "../../flow/error-codes.ts";
import { IngestError, messageOf } from "../../flow/errors.ts";
import { systemCode } from "../../flow/system-reason.ts";
import { maskCredentials } from "../../text/mask-credentials.ts";

type Verdict = { readonly decision: "retry" | "skip" | "fatal"; readonly code: ErrorCode; readonly hint?: string };

const LOST: Verdict = { decision: "retry", code: "database_lost" };
const BUSY: Verdict = { decision: "retry", code: "database_busy" };
const TIMEOUT: Verdict = { decision: "retry", code: "database_timeout" };
const CONFLICT: Verdict = { decision: "retry", code: "database_conflict" };
/** A view or a key needs a column or a table that is to be replaced. */
const DEPENDENTS = fatal(
  "database_dependents",
  "drop the views that depend on the table, run again, and make them anew",
);
const LOGIN = fatal("database_login", "check user and password (database_url, or db_user and db_password)");
const TLS = fatal("database_tls", "check sslmode and sslrootcert in the database URL");
const TLS_NEEDED = fatal(
  "database_tls",
  "add sslmode=require to the database URL (?sslmode=require, or &sslmode=require)",
);
const RIGHTS = fatal("database_rights", "grant the database user the right to do this, or name another user");
const MISSING = fatal("database_missing", "create it (createdb NAME), or name another one");
const DAMAGED = fatal("database_damaged", "look into the log of the database server");
/** What stands between us and the server answers, and has no server to hand on to. */
const BEHIND_POOLER: Verdict = { ...LOST, hint: "look after the server behind the pooler" };
/** Not what this program has made: somebody changed it, or put a trigger, a rule or a server of another kind in its place. */
const CHANGED = fatal(
  "database_changed",
  "the tables of the corpus, or what belongs to them, are not as this program makes them: undo what was changed, or name " +
    "another database; if nobody changed anything, please report it",
);
const REFUSED = fatal(
  "database_refused",
  "look into the log of the database server; if that says no more, please report it",
);
/** The document's fault, or that of a trigger that looks at it. */
const DATA: Verdict = { decision: "skip", code: "database_data" };

/**
 * By SQLSTATE (PostgreSQL, appendix A), or the class that its first characters name; the longest that fits counts, and
 * what is not here is `REFUSED`. Triggers may raise any of them, so none says that it is our fault.
 */
const BY_STATE: Readonly<Record<string, Verdict>> = {
  "0A000": CHANGED,
  "08": LOST,
  "22": DATA,
  // About the bytes of a COPY: a column has another type than we have made.
  "22P03": CHANGED,
  "22P04": CHANGED,
  "23": DATA,
  "25006": fatal(
    "database_read_only",
    "the database takes no writes: if it is a standby, name the primary; else default_transaction_read_only is on",
  ),
  "25P03": LOST,
  "25P04": TIMEOUT,
  "26": CHANGED,
  "28": LOGIN,
  "2BP01": DEPENDENTS,
  "3D000": MISSING,
  "3F000": RIGHTS,
  "40": CONFLICT,
  "42": CHANGED,
  "42501": RIGHTS,
  "53": BUSY,
  "53100": fatal("database_full", "free space on the disk of the database, then run again: what was committed stays"),
  // The text of one chunk is too long for tsvector, or its URL for an index.
  "54": DATA,
  "55006": BUSY,
  "55P03": {
    ...BUSY,
    hint: "end the transaction of the session that has the lock (pg_terminate_backend), then run again",
  },
  "57014": TIMEOUT,
  "57P": LOST,
  "57P04": fatal("database_missing", "the database was dropped; create it anew"),
  "58": DAMAGED,
  "72": CONFLICT,
  F0: DAMAGED,
  P0: DATA,
  XX: DAMAGED,
  XX001: fatal("database_damaged", "restore the database, or rebuild the corpus elsewhere"),
  XX002: fatal("database_damaged", "run REINDEX on the database"),
};

/** What says more than its SQLSTATE: that of poolers is the same for everything, or PostgreSQL's for something else. */
const BY_TEXT: readonly (readonly [states: RegExp, text: RegExp, Verdict])[] = [
  [/^0A000/, /used by a view|rule|depends on/i, DEPENDENTS],
  [
    /^55000/,
    /not currently accepting connections/i,
    fatal("database_refused", "as its owner or a superuser: ALTER DATABASE ... ALLOW_CONNECTIONS true"),
  ],
  [/^55000/, /recovery is in progress/i, fatal("database_read_only", "it is a standby; name the primary")],
  [
    /^(08|28|XX000)/,
    /no pg_hba\.conf entry.*(no encryption|SSL off)/i,
    {
      ...TLS_NEEDED,
      hint: `${TLS_NEEDED.hint}; if it is not that, the server's pg_hba.conf must let this host in`,
    },
  ],
  [
    /^28/,
    /pg_hba\.conf/i,
    fatal("database_login", "the server's pg_hba.conf must have a line that lets this host, user and database in"),
  ],
  [
    /^28/,
    /not permitted to log in/i,
    fatal("database_login", "as a superuser: ALTER ROLE ... LOGIN; or name another user"),
  ],
  [
    /^(08|28|XX|42)/,
    /\b(SSL|TLS)\b.*\b(required|mandatory|needed)|requires? (an? )?(SSL|TLS)|insecure connection|sslmode/i,
    TLS_NEEDED,
  ],
  [/^(08|XX)/, /no such database|database .* does not exist/i, MISSING],
  [
    /^(08|XX)/,
    /authentication failed|no such user|user not found|role .* does not exist|wrong password|invalid (password|credentials)/i,
    LOGIN,
  ],
  [
    /^(08|XX)/,
    /\bmax\w*\b.*(client|connection)|no more connections|too many|query_wait_timeout|connection slots/i,
    BUSY,
  ],
  [
    /^(08|XX)/,
    /server_login_retry|server login|connect(ion)? to (the )?(server|database|upstream)|server conn/i,
    BEHIND_POOLER,
  ],
];

/** By the code of Bun's driver, of TLS or of the operating system. */
const BY_CODE: readonly (readonly [RegExp, Verdict])[] = [
  [/^ERR_POSTGRES_(CONNECTION_(CLOSED|FAILED|REFUSED|TIMEOUT)|(IDLE|LIFETIME)_TIMEOUT)$/, LOST],
  [/^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|FailedToOpenSocket)$/, LOST],
  [/^ERR_POSTGRES_(UNKNOWN|UNSUPPORTED)_AUTHENTICATION_METHOD$/, LOGIN],
  [/^ERR_POSTGRES_(SASL|AUTHENTICATION|CHANNEL_BINDING|INVALID_SERVER)_/, LOGIN],
  // What a proxy sends that is not PostgreSQL's.
  [/^ERR_POSTGRES_(UNEXPECTED_MESSAGE|INVALID_MESSAGE|INVALID_MESSAGE_LENGTH|INVALID_BACKEND_KEY_DATA)$/, LOST],
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
 * An error of the database as an `IngestError`, with what else is known of it. What the database did not say is returned as
 * it is: a bug.
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
    const told = BY_TEXT.find(([states, text]) => states.test(state) && text.test(error.message))?.[2];
    const known = [state, state.slice(0, 3), state.slice(0, 2)]
      .map((name) => BY_STATE[name])
      .find((verdict) => verdict);
    return told ?? known ?? REFUSED;
  }
  const code = systemCode(error) ?? "";
  return BY_CODE.find(([pattern]) => pattern.test(code))?.[1];
}

/**
 * What stands in the way, where the message does not say: the name of a view, of a constraint, the line of a COPY, the
 * function of a trigger.
 */
function detailOf(error: unknown): string {
  const { detail, where } = error instanceof Error ? { detail: undefined, where: undefined, ...error } : {};
  const said = [detail, where].filter((text) => typeof text === "string" && text !== "");
  return said.join("; ").slice(0, DETAIL_CHARACTERS_MAX);
}
