import { z } from "zod";
import { HOST_DEFAULT, PORT_DEFAULT } from "../config/flag-table.ts";
import type { Flags } from "../config/flags.ts";
import type { Clock } from "../flow/clock.ts";
import { messageOf, usageError } from "../flow/errors.ts";
import { Watchdog } from "../flow/watchdog.ts";
import { jsonLine } from "../report/json.ts";
import { printable } from "../text/printable.ts";
import type { World } from "../commands/world.ts";

/** Longer than the server itself takes to find out. */
const ANSWER_MS_MAX = 9_000;
const MS_A_SECOND = 1_000;

const refusal = z.object({ error: z.object({ message: z.string() }) });

/** Asks the server that listens there for its health, for containers and supervisors. Exit code 0 when it is well, else 1. */
export async function check(flags: Flags, { stdout, stderr, clock }: World): Promise<number> {
  const { host = HOST_DEFAULT, port = PORT_DEFAULT, json = false, quiet = false } = flags;
  if (port === 0) throw usageError("--check asks a server, so that --port must be the one that it listens on");
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const url = `http://${name.includes(":") ? `[${name}]` : name}:${port}/health`;
  const why = await complaintOf(url, clock);
  if (json) stdout.write(jsonLine({ type: "health", url, problem: why ?? null }));
  else if (why !== undefined) stderr.write(`${url} is not well: ${printable(why)}\n`);
  else if (!quiet) stdout.write(`${url} is well\n`);
  return why === undefined ? 0 : 1;
}

/** What keeps the server from answering questions; undefined when nothing does. */
async function complaintOf(url: string, clock: Clock): Promise<string | undefined> {
  using watchdog = new Watchdog(clock);
  watchdog.limitTime(ANSWER_MS_MAX, () => new Error(`no answer within ${ANSWER_MS_MAX / MS_A_SECOND} s`));
  try {
    // No proxy knows of it.
    const response = await fetch(url, { signal: watchdog.signal, proxy: false });
    if (response.ok) return undefined;
    const { data } = refusal.safeParse(await response.json().catch(() => undefined));
    return data?.error.message ?? `it answers ${response.status}`;
  } catch (error) {
    return messageOf(error);
  }
}
