import type { ReservedSQL } from "bun";
import { inTime } from "./in-time.ts";
import { LOCK_WAIT_SECONDS_MAX } from "./transaction-locks.ts";

const GIVE_BACK_MS_MAX = 2_000;

/** Left out by servers that do not know them, or do not let us set them. */
const OPTIONAL_SETTINGS = [
  // Else the CREATE INDEX of a killed client runs on and holds its table. Not on PostgreSQL 13 and some systems.
  "set client_connection_check_interval = '1s'",
  // The locks of a machine that lost its power or its network go after 2 minutes, and not hours.
  "set tcp_keepalives_idle = 60",
  "set tcp_keepalives_interval = 10",
  "set tcp_keepalives_count = 6",
  // Since PostgreSQL 14 and 17.
  "set idle_session_timeout = 0",
  "set transaction_timeout = 0",
];

/** Limits of a role or a database are meant for queries of people: they would end the build of an index, or a run that embeds. */
const REQUIRED_SETTINGS = [
  "set statement_timeout = 0",
  "set idle_in_transaction_session_timeout = 0",
  `set lock_timeout = '${LOCK_WAIT_SECONDS_MAX}s'`,
  "set default_transaction_isolation = 'read committed'",
];

/** Makes a session one of a run. Only what has sessions of its own may be prepared: others would get them like that. */
export async function prepareSession(connection: ReservedSQL): Promise<void> {
  // Sent together: a distant server takes its time for each answer.
  await Promise.all([
    ...OPTIONAL_SETTINGS.map((setting) => connection.unsafe(setting).catch(() => {})),
    ...REQUIRED_SETTINGS.map((setting) => connection.unsafe(setting)),
  ]);
}

/** Leaves nothing in a session that is about to be closed, for a pooler that goes on with it, without a word of its own. */
export async function giveBack(connection: ReservedSQL, options: { readonly description: string }): Promise<void> {
  await inTime(connection.unsafe("discard all"), options, GIVE_BACK_MS_MAX).catch(() => {});
}
