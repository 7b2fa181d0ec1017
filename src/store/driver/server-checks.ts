import { z } from "zod";
import type { Clock } from "../../flow/clock.ts";
import { fatalError, IngestError, messageOf } from "../../flow/errors.ts";
import { systemCode } from "../../flow/system-reason.ts";
import { classifyDatabaseError, sqlStateOf } from "./classify.ts";
import type { NamedPlace } from "./connect.ts";
import type { Queryable } from "./database.ts";
import { whatListens } from "./listener.ts";
import { oneRow } from "./rows.ts";

/** The oldest that current pgvector runs on. */
const POSTGRES_MAJOR_MIN = 13;
/** No first question raises these: a session does that begins with settings it cannot have. */
const REFUSED_PARAMETER = /^(22|42601|42704|55P02)/;
const OR_EMBEDDED = "or use the embedded database: --database-url pglite:DIR";

const serverShape = z.object({
  database: z.string(),
  user: z.string(),
  /** Where tables are made; null when that is nowhere. */
  schema: z.string().nullable(),
  version: z.string(),
  number: z.int(),
  /** The extension "vector" in this database. */
  installed: z.boolean(),
  /** The extension on the server, for databases to install. */
  available: z.boolean(),
  /** Schema of the extension that the role may not use, and the role. */
  closed: z.string().nullable(),
  role: z.string(),
});

/** What a server says of itself. */
export type Server = Readonly<z.infer<typeof serverShape>>;

/** The first question to a server: what goes wrong here is explained by `cannotOpen`. */
export function askServer(pool: Queryable): Promise<Server> {
  return oneRow(pool, serverShape)`
      select current_database() as database, session_user::text as "user", current_schema() as schema,
        current_setting('server_version') as version, current_setting('server_version_num')::int as number,
        exists (select from pg_extension where extname = 'vector') as installed,
        exists (select from pg_available_extensions where name = 'vector') as available,
        (select extnamespace::regnamespace::text from pg_extension
          where extname = 'vector' and not has_schema_privilege(extnamespace, 'usage')) as closed,
        quote_ident(current_user) as role`;
}

/**
 * Throws a `fatal` error unless the server is where the URL says: it may stand behind a pooler that calls its databases
 * otherwise, and rows must go nowhere that was not named.
 */
export function requireNamed({ database, user, schema }: Server, named: NamedPlace, description: string): void {
  const pasted = "add to the database URL";
  if (database !== named.database) {
    const message = `${description} is not what answers: the database is called "${database}", not "${named.database}"`;
    throw fatalError(
      "database_other",
      message,
      `name it so, or, if a pooler is meant to call it otherwise, ${pasted} server_database=${encodeURIComponent(database)}`,
    );
  }
  // Poolers for many customers have the customer in the name: postgres.project, user@server.
  if (named.user !== user && !named.user.startsWith(`${user}.`) && !named.user.startsWith(`${user}@`)) {
    const message = `${description} is not open to the user that was named: "${user}" is logged in, not "${named.user}"`;
    throw fatalError(
      "database_other",
      message,
      `name that one, or, if a pooler is meant to log in so, ${pasted} server_user=${encodeURIComponent(user)}`,
    );
  }
  if (named.schema === undefined || named.schema === schema) return;
  const place = `"${named.schema.replaceAll('"', '""')}"`;
  const message = `${description}: tables go to ${schema === null ? "no schema" : `the schema "${schema}"`}, not to ${place}, which the database URL names`;
  const grant = `GRANT USAGE, CREATE ON SCHEMA ${place} TO "${user.replaceAll('"', '""')}";`;
  throw fatalError(
    "database_other",
    message,
    `have its owner, or a superuser, give you the right: CREATE SCHEMA IF NOT EXISTS ${place}; ${grant}`,
  );
}

/** Throws a `fatal` error unless the server can hold a corpus. `grants`: what else our user misses. */
export function requireCapable(server: Server, description: string, grants: readonly string[] = []): void {
  const major = Math.floor(server.number / 10_000);
  if (major < POSTGRES_MAJOR_MIN) {
    const message = `${description} is PostgreSQL ${server.version}; ${POSTGRES_MAJOR_MIN} is the oldest that works`;
    throw fatalError("database_too_old", message, `name another server, ${OR_EMBEDDED}`);
  }
  if (server.closed !== null) {
    const message = `${description} has the extension "vector" in the schema ${server.closed}, which ${server.role} may not use`;
    const place = `ON SCHEMA ${server.closed} TO`;
    const own = grants.some((grant) => grant.startsWith("GRANT USAGE") && grant.includes(place))
      ? []
      : [`GRANT USAGE ${place} ${server.role};`];
    throw fatalError("vector_rights", message, `its owner can allow it: ${[...own, ...grants].join(" ")}`);
  }
  if (server.installed || server.available) return;
  const packages = `Debian, Ubuntu: apt install postgresql-${major}-pgvector; Docker: image pgvector/pgvector:pg${major}`;
  const message = `${description} does not have the extension "vector" (pgvector)`;
  throw fatalError("vector_missing", message, `install it on the server (${packages}), ${OR_EMBEDDED}`);
}

/** What went wrong before the first answer. Nothing is waited for: whatever it is, the run cannot start. */
export async function cannotOpen(
  error: unknown,
  description: string,
  { host, port, user, database, clock }: Place,
): Promise<unknown> {
  if (error instanceof TypeError) {
    // Bad options in the URL. The cause stays out: it holds the URL, password included.
    return fatalError("database_url", `the database URL of ${description} cannot be used: ${messageOf(error)}`);
  }
  const classified = classifyDatabaseError(error, description);
  if (!(classified instanceof IngestError)) return classified;
  const state = sqlStateOf(error);
  const isRefusedParameter = REFUSED_PARAMETER.test(state ?? "") || / set parameter /.test(messageOf(error));
  const grant = state === "42501" ? grantFor(messageOf(error), database) : undefined;
  if (grant !== undefined) {
    const hint = `as its owner or a superuser: GRANT ${grant} TO "${user}";`;
    return fatalError("database_rights", classified.message, hint, error);
  }
  if (isRefusedParameter) {
    return fatalError(
      "database_url",
      `${classified.message}; the database URL asks for it`,
      "take it out of the database URL",
      error,
    );
  }
  if (state === "57014") {
    const message = `${description} ends our first question: ${messageOf(error)}`;
    const hint = "raise statement_timeout, in the database URL or where it is set (ALTER ROLE, ALTER DATABASE)";
    return fatalError("database_unreachable", message, hint, error);
  }
  if (classified.decision === "fatal") return classified;
  if (classified.code === "database_busy") return withoutConnection("database_unreachable", classified);
  // The server has spoken: it starts, or goes down.
  if (state !== undefined) {
    const what = state.startsWith("57P") ? "takes no connections now" : "does not answer our first question";
    const hint = classified.hint ?? "wait until it takes connections, then run again";
    return fatalError("database_unreachable", `${description} ${what}: ${messageOf(error)}`, hint, error);
  }
  const found = systemCode(error) === undefined ? undefined : await whatListens(host, port, clock);
  const { reason = messageOf(error), hint = "look into its log: it takes connections, and ends them" } = found ?? {};
  return fatalError("database_unreachable", `${description} does not answer: ${reason}`, hint, error);
}

/** The right that is missing before rights can be asked for. */
function grantFor(message: string, database: string): string | undefined {
  const [, kind, name] = /permission denied (?:for|to set) (database|role|function) "?(.+?)"?$/.exec(message) ?? [];
  if (kind === "database") return `CONNECT ON DATABASE "${database}"`;
  if (kind === "role") return `"${name}"`;
  return kind === "function" ? `EXECUTE ON FUNCTION "${name}"` : undefined;
}

type Place = {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly clock: Clock;
};

/** Why a run has no connection to write on: it cannot start. */
export function cannotLock(error: unknown): unknown {
  const isFull = error instanceof IngestError && error.code === "database_busy";
  return isFull ? withoutConnection("database_busy", error) : error;
}

function withoutConnection(
  code: "database_unreachable" | "database_busy",
  { message, cause }: IngestError,
): IngestError {
  const hint =
    "a run needs 2 connections, search and report 1: end other sessions, or raise the limit " +
    "(ALTER ROLE ... CONNECTION LIMIT 2, max_connections, or the pooler's pool size), then run again";
  return fatalError(code, message, hint, cause);
}
