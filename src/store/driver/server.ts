import { hostname } from "node:os";
import { type Clock, systemClock } from "../../flow/clock.ts";
import { fatalError, IngestError, messageOf } from "../../flow/errors.ts";
import { classifyDatabaseError, sqlStateOf } from "./classify.ts";
import type { Database, DatabaseChoice } from "./database.ts";
import { connect, namedBy, placeOf } from "./connect.ts";
import { grantHint, missingRights } from "./missing-rights.ts";
import { mayRefuseSettings, poolerRefusal } from "./pooler.ts";
import { ReadConnection } from "./read-connection.ts";
import { RunSession } from "./run-session.ts";
import { pinSearchPath } from "./search-path.ts";
import { askServer, cannotLock, cannotOpen, requireCapable, requireNamed } from "./server-checks.ts";
import { watchIndexBuild } from "./index-progress.ts";
import { LOCK_WAIT_SECONDS_MAX, lockHolder } from "./transaction-locks.ts";

/** PostgreSQL cuts names longer than this. */
const APPLICATION_NAME_BYTES_MAX = 63;
/** Set on every connection, also those that only read: a table may be somebody's alone. A pooler (PgBouncer) may not take it. */
const READ_LIMITS = { lock_timeout: `${LOCK_WAIT_SECONDS_MAX}s` };
const LOCK_NOT_AVAILABLE = "55P03";
/** Insufficient privilege; and no schema to make tables in, which is also what one looks like that we may not use. */
const NO_RIGHT = new Set(["42501", "3F000"]);

/** Opens a PostgreSQL server, or throws a `fatal` error that says what is wrong with it. Writes nothing. */
export async function openServer(
  { url, label }: Extract<DatabaseChoice, { kind: "server" }>,
  clock: Clock = systemClock,
  { readsOnly = false }: { readonly readsOnly?: boolean } = {},
): Promise<Database> {
  const description = `PostgreSQL ${label}`;
  // Names us to those who find their source locked.
  const application = `bbj-ingest-all ${process.pid}@${hostname()}`.slice(0, APPLICATION_NAME_BYTES_MAX);
  const open = async (limits: Readonly<Record<string, string>>) => {
    const connectOnce = (onClose?: () => void) => connect(url, { application_name: application, ...limits }, onClose);
    const reading = new ReadConnection(connectOnce, { description });
    try {
      const server = await askServer(reading);
      requireNamed(server, namedBy(url), description);
      requireCapable(
        server,
        description,
        server.closed === null ? [] : await missingRights(reading, "", { readsOnly }),
      );
    } catch (error) {
      await reading.close();
      throw error;
    }
    return { reading, session: new RunSession({ connect: connectOnce, reading, clock, description }) };
  };
  const { reading, session } = await open(READ_LIMITS)
    .catch((error) => {
      if (!mayRefuseSettings(error, READ_LIMITS)) throw error;
      return open({});
    })
    .catch(async (error) => {
      throw poolerRefusal(error, description) ?? (await cannotOpen(error, description, { ...placeOf(url), clock }));
    });

  async function classified<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      const state = sqlStateOf(error) ?? "";
      const holder = state === LOCK_NOT_AVAILABLE ? await lockHolder(reading).catch(() => undefined) : undefined;
      const failure = poolerRefusal(error, description) ?? classifyDatabaseError(error, description, holder);
      if (!NO_RIGHT.has(state) || !(failure instanceof IngestError)) throw failure;
      const grants = await missingRights(reading, messageOf(error), { readsOnly }).catch(() => []);
      const hint = grants.length === 0 ? failure.hint : grantHint(grants);
      throw fatalError("database_rights", failure.message, hint, error);
    }
  }

  return {
    description,
    indexMemoryMbMax: 1_024,
    hasOtherReaders: true,
    exists: async () => true,
    // A server's databases are made by those who own it.
    create: async () => {},
    query: (statement) => classified(() => session.restore().then(() => reading.query(statement))),
    begin: (work) =>
      classified(() =>
        session.begin(async (tx) => {
          await pinSearchPath(tx);
          return work(tx);
        }),
      ),
    lock: (requests) =>
      classified(() => session.lock(requests)).catch((error) => {
        throw cannotLock(error);
      }),
    release: (requests) => classified(() => session.release(requests)),
    watchIndexBuild: (table, onShare) => watchIndexBuild(reading, table, { clock, onShare }),
    async cancel() {
      const { backendPid } = session;
      if (backendPid === undefined) return;
      const values = [backendPid];
      await classified(() => reading.query({ text: "select pg_cancel_backend($1::int)", values }));
    },
    isWanted: () => false,
    async close() {
      await Promise.all([session.close(), reading.close()]);
    },
  };
}
