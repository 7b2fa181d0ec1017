import { z } from "zod";
import { IngestError, messageOf } from "../../flow/errors.ts";
import { classifyDatabaseError } from "./classify.ts";
import type { Queryable } from "./database.ts";
import { oneRow } from "./rows.ts";

/** The oldest that current pgvector runs on. */
const POSTGRES_MAJOR_MIN = 13;

const serverShape = z.object({
  version: z.string(),
  number: z.int(),
  /** The extension "vector" in this database. */
  installed: z.boolean(),
  /** The extension on the server, for databases to install. */
  available: z.boolean(),
});

/** What a server says of itself. */
export type Server = Readonly<z.infer<typeof serverShape>>;

/** The first question to a server: what goes wrong here is explained by `cannotOpen`. */
export function askServer(pool: Queryable): Promise<Server> {
  return oneRow(pool, serverShape)`
      select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
        exists (select from pg_extension where extname = 'vector') as installed,
        exists (select from pg_available_extensions where name = 'vector') as available`;
}

/** Throws a `fatal` error unless the server can hold a corpus. */
export function requireCapable(server: Server, description: string): void {
  const major = Math.floor(server.number / 10_000);
  if (major < POSTGRES_MAJOR_MIN) {
    throw new IngestError(
      `${description} is PostgreSQL ${server.version}; ${POSTGRES_MAJOR_MIN} is the oldest that works`,
      {
        decision: "fatal",
        code: "database_too_old",
        hint: "name another server, or use the embedded database: --database-url pglite:DIR",
      },
    );
  }
  if (server.installed || server.available) return;
  throw new IngestError(`${description} does not have the extension "vector" (pgvector)`, {
    decision: "fatal",
    code: "vector_missing",
    hint:
      `install it on the server (Debian, Ubuntu: apt install postgresql-${major}-pgvector; Docker: image pgvector/pgvector:pg${major}), ` +
      "or use the embedded database: --database-url pglite:DIR",
  });
}

/** What went wrong before the first answer. Nothing is waited for: whatever it is, the run cannot start. */
export function cannotOpen(error: unknown, description: string): unknown {
  const classified = classifyDatabaseError(error, description);
  if (classified instanceof IngestError && classified.decision === "fatal") return classified;
  if (error instanceof TypeError) {
    // Bad options in the URL. The cause stays out: it holds the URL, password included.
    return new IngestError(`the database URL of ${description} cannot be used: ${messageOf(error)}`, {
      decision: "fatal",
      code: "database_url",
    });
  }
  return new IngestError(`${description} does not answer: ${messageOf(error)}`, {
    decision: "fatal",
    code: "database_unreachable",
    hint: "start it, or name another one with --database-url (pglite:DIR needs no server)",
    cause: error,
  });
}
