import { z } from "zod";
import { fatalError, IngestError, messageOf } from "../../flow/errors.ts";
import { classifyDatabaseError } from "./classify.ts";
import type { Queryable } from "./database.ts";
import { oneRow } from "./rows.ts";

/** The oldest that current pgvector runs on. */
const POSTGRES_MAJOR_MIN = 13;
const OR_EMBEDDED = "or use the embedded database: --database-url pglite:DIR";

const serverShape = z.object({
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
      select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
        exists (select from pg_extension where extname = 'vector') as installed,
        exists (select from pg_available_extensions where name = 'vector') as available,
        (select extnamespace::regnamespace::text from pg_extension
          where extname = 'vector' and not has_schema_privilege(extnamespace, 'usage')) as closed,
        quote_ident(current_user) as role`;
}

/** Throws a `fatal` error unless the server can hold a corpus. */
export function requireCapable(server: Server, description: string): void {
  const major = Math.floor(server.number / 10_000);
  if (major < POSTGRES_MAJOR_MIN) {
    const message = `${description} is PostgreSQL ${server.version}; ${POSTGRES_MAJOR_MIN} is the oldest that works`;
    throw fatalError("database_too_old", message, `name another server, ${OR_EMBEDDED}`);
  }
  if (server.closed !== null) {
    const message = `${description} has the extension "vector" in the schema ${server.closed}, which ${server.role} may not use`;
    throw fatalError(
      "vector_rights",
      message,
      `its owner can allow it: GRANT USAGE ON SCHEMA ${server.closed} TO ${server.role};`,
    );
  }
  if (server.installed || server.available) return;
  const packages = `Debian, Ubuntu: apt install postgresql-${major}-pgvector; Docker: image pgvector/pgvector:pg${major}`;
  const message = `${description} does not have the extension "vector" (pgvector)`;
  throw fatalError("vector_missing", message, `install it on the server (${packages}), ${OR_EMBEDDED}`);
}

/** What went wrong before the first answer. Nothing is waited for: whatever it is, the run cannot start. */
export function cannotOpen(error: unknown, description: string): unknown {
  const classified = classifyDatabaseError(error, description);
  if (classified instanceof IngestError && classified.decision === "fatal") return classified;
  if (error instanceof TypeError) {
    // Bad options in the URL. The cause stays out: it holds the URL, password included.
    return fatalError("database_url", `the database URL of ${description} cannot be used: ${messageOf(error)}`);
  }
  const message = `${description} does not answer: ${messageOf(error)}`;
  const hint = "start it, or name another one with --database-url (pglite:DIR needs no server)";
  return fatalError("database_unreachable", message, hint, error);
}
