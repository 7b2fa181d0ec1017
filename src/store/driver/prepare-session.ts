import type { ReservedSQL } from "bun";
import { inTime } from "./in-time.ts";
import { LOCK_WAIT_SECONDS_MAX } from "./transaction-locks.ts";

const GIVE_BACK_MS_MAX = 2_000;

/** Left out by servers that do not let us set them. */
const OPTIONAL_SETTINGS = {
  // Else the CREATE INDEX of a killed client runs on and holds its table. Not on PostgreSQL 13 and some systems.
  client_connection_check_interval: "1s",
  // The locks of a machine that lost its power or its network go after 2 minutes, and not hours.
  ...{ tcp_keepalives_idle: "60", tcp_keepalives_interval: "10", tcp_keepalives_count: "6" },
  // Since PostgreSQL 14 and 17.
  ...{ idle_session_timeout: "0", transaction_timeout: "0" },
};

/** Limits of a role or a database are meant for queries of people: they would end the build of an index, or a run that embeds. */
const REQUIRED_SETTINGS = {
  ...{ statement_timeout: "0", idle_in_transaction_session_timeout: "0" },
  lock_timeout: `${LOCK_WAIT_SECONDS_MAX}s`,
  default_transaction_isolation: "read committed",
};

/** Makes a session one of a run. Only what has sessions of its own may be prepared: others would get them like that. */
export async function prepareSession(connection: ReservedSQL): Promise<void> {
  try {
    // At once: a distant server takes its time for each answer.
    await set(connection, { ...OPTIONAL_SETTINGS, ...REQUIRED_SETTINGS });
  } catch {
    for (const [name, value] of Object.entries(OPTIONAL_SETTINGS))
      await set(connection, { [name]: value }).catch(() => {});
    await set(connection, REQUIRED_SETTINGS);
  }
}

/** Sets those that the server knows; all or none. */
async function set(connection: ReservedSQL, settings: Readonly<Record<string, string>>): Promise<void> {
  const values = Object.entries(settings).map(([name, value]) => `('${name}', '${value}')`);
  await connection.unsafe(`
    select set_config(name, wanted, false) from (values ${values.join(", ")}) as w (name, wanted) join pg_settings using (name)`);
}

/** Leaves nothing in a session that is about to be closed, for a pooler that goes on with it, without a word of its own. */
export async function giveBack(connection: ReservedSQL, options: { readonly description: string }): Promise<void> {
  await inTime(connection.unsafe("discard all"), options, GIVE_BACK_MS_MAX).catch(() => {});
}
