import type { ReservedSQL, SQL } from "bun";
import { z } from "zod";
import { fatalError, type IngestError, messageOf } from "../../flow/errors.ts";
import { queryableOf } from "./bun-sql.ts";
import { sqlStateOf } from "./classify.ts";
import { inTime } from "./in-time.ts";
import { openConnection } from "./read-connection.ts";
import { oneRow } from "./rows.ts";

/** Each connection is asked so often, in turns. */
const ROUNDS = 3;
/** There may be fewer connections for us than we would like. */
const WAIT_MS_MAX = 2_000;
const PROTOCOL_VIOLATION = "08P01";
const HINT =
  "connect to the database itself, or to sessions of the pooler (PgBouncer: pool_mode=session; Supabase: port 5432 instead of 6543; " +
  'Neon: the host without "-pooler"); search and report work with shared sessions too';

const backendShape = z.object({ backend: z.string() });

/**
 * Throws a `fatal` error when connections have no sessions of their own: a pooler in transaction mode hands them from client
 * to client, settings and locks included. Leaves nothing behind, for it could not be cleared away. `spare` is for one more
 * connection, if there is one to be had: with one more than a pooler has processes, two of them meet in one.
 */
export async function requireOwnSessions(
  [reading, writing]: readonly [ReservedSQL, ReservedSQL],
  spare: SQL,
  options: Options,
): Promise<void> {
  const third = await openConnection(spare, options, WAIT_MS_MAX).catch(() => undefined);
  const connections = [reading, writing, ...(third === undefined ? [] : [third])];
  const known = new Map<ReservedSQL, string>();
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const connection of connections) {
        const backend = await inTime(backendOf(connection), options);
        if (hasMoved(connection, backend, known)) throw sharedSessions(options.description);
        known.set(connection, backend);
      }
    }
  } finally {
    await third?.close().catch(() => {});
    await spare.close({ timeout: 0 });
  }
}

type Options = { readonly description: string };

/** What an error says of the pooler it comes from; undefined when it is not about one. */
export function poolerRefusal(error: unknown, description: string): IngestError | undefined {
  const message = messageOf(error);
  if (/statement pooling mode/i.test(message)) return sharedSessions(description, error);
  const [, parameter] = /unsupported startup parameter(?: in options)?: "?([\w.]+)/.exec(message) ?? [];
  if (parameter === undefined) return undefined;
  const hint =
    `take ${parameter} out of the database URL, connect to the database itself, ` +
    "or have the pooler ignore it (PgBouncer: ignore_startup_parameters)";
  return fatalError("database_pooler", `the pooler before ${description} does not take ${parameter}`, hint, error);
}

/** Whether a connection may have been refused for the settings it came with; not every pooler says so alike. */
export function mayRefuseSettings(error: unknown, settings: Readonly<Record<string, string>>): boolean {
  const message = messageOf(error);
  return sqlStateOf(error) === PROTOCOL_VIOLATION || Object.keys(settings).some((name) => message.includes(name));
}

export function sharedSessions(description: string, cause?: unknown): IngestError {
  const message = `${description} is behind a pooler that hands its sessions from client to client: the locks of a run would not hold`;
  return fatalError("database_pooler", message, HINT, cause);
}

async function backendOf(connection: ReservedSQL): Promise<string> {
  const { backend } = await oneRow(queryableOf(connection), backendShape)`
    select pg_backend_pid() || ' ' || pg_postmaster_start_time() as backend`;
  return backend;
}

function hasMoved(connection: ReservedSQL, backend: string, backends: ReadonlyMap<ReservedSQL, string>): boolean {
  const isShared = [...backends].some(([other, its]) => other !== connection && its === backend);
  return isShared || (backends.get(connection) ?? backend) !== backend;
}
