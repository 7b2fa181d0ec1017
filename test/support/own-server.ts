import { join } from "node:path";
import { openServer } from "../../src/store/driver/server.ts";
import { type Lane, serverLane } from "./databases.ts";
import { freePort } from "./free-port.ts";

const SCRIPT = join(import.meta.dir, "../../.ci/postgres");

/** Why no test can have a server of its own; undefined when they can. */
export const ownServerSkipped: string | undefined =
  serverLane.skipped ?? (process.getuid?.() === 0 ? undefined : "only root may start a server of its own");

type ServerLane = typeof serverLane;

/** A PostgreSQL server of a test's own, which it may stop and start again. */
export type OwnServer = AsyncDisposable & {
  readonly lane: Lane<Parameters<ServerLane["open"]>[0]>;
  /** As `pg_ctl` does it: connections are ended, what was committed stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
};

export async function startOwnServer(): Promise<OwnServer> {
  const data = `/tmp/bbj-ingest-all-own-${process.pid}-${Date.now()}`;
  const port = String(freePort());
  const start = () => postgres(data, port);
  const url = await start();
  return {
    lane: {
      ...{ name: "a PostgreSQL server of its own", skipped: undefined, open: (choice) => openServer(choice) },
      create: async () => ({ choice: { kind: "server", url, label: url, chosenBy: "a test" }, drop: async () => {} }),
    },
    async stop() {
      await postgres("stop", data);
    },
    async start() {
      await start();
    },
    async [Symbol.asyncDispose]() {
      await postgres("remove", data);
    },
  };
}

/** What `.ci/postgres` prints. */
async function postgres(...args: readonly string[]): Promise<string> {
  const child = Bun.spawn([SCRIPT, ...args], { stderr: "pipe" });
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (exitCode !== 0) throw new Error(`.ci/postgres ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}
