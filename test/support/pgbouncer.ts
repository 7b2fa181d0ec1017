import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { serverLane } from "./databases.ts";
import { freePort } from "./free-port.ts";
import { temporaryDirectory } from "./temporary-directory.ts";
import { until } from "./until.ts";

const VARIABLE = "BBJ_RAG_TEST_PGBOUNCERS";
const HOST = "127.0.0.1";
const START_TRIES_MAX = 5;

/** A PgBouncer that is installed here. */
export type Installed = { readonly version: string; readonly command: readonly string[] };

/** Those that `.ci/pgbouncer` has named, or the one in the path. In CI there must be one. */
export const installed: readonly Installed[] = commands().map((command) => {
  const { stdout } = Bun.spawnSync([...command, "--version"]);
  return { version: /\d+\.\d+/.exec(stdout.toString())?.[0] ?? "unknown", command };
});

/** Why no test can use one; undefined when they can. */
export const poolersSkipped: string | undefined =
  serverLane.skipped ??
  (installed.length === 0 ? `${VARIABLE} is not set, and no pgbouncer is in the path` : undefined);

/** Whether it takes clients' prepared statements from server to server. */
export function knowsPrepared({ version }: Installed): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 1 || minor >= 21;
}

/** A PgBouncer in front of a server, with these settings of its `pgbouncer.ini`. */
export async function startPgBouncer(
  { command }: Installed,
  targetUrl: string,
  settings: Readonly<Record<string, string | number>>,
): Promise<AsyncDisposable & { readonly url: string }> {
  for (let tries = 1; ; tries++) {
    const directory = temporaryDirectory();
    // It runs as another user.
    chmodSync(directory.path, 0o755);
    const url = new URL(targetUrl);
    const target = `host=${url.hostname} port=${url.port || 5432}`;
    const port = freePort();
    [url.hostname, url.port] = [HOST, String(port)];
    const users = join(directory.path, "users");
    const file = join(directory.path, "pgbouncer.ini");
    const all = { auth_type: "trust", auth_file: users, listen_addr: HOST, listen_port: port, unix_socket_dir: "" };
    const lines = Object.entries({ ...all, ...settings }).map(([name, value]) => `${name} = ${value}`);
    writeFileSync(file, ["[databases]", `* = ${target}`, "[pgbouncer]", ...lines, ""].join("\n"));
    writeFileSync(users, `"${decodeURIComponent(url.username)}" "${decodeURIComponent(url.password)}"\n`);
    const asUser = process.getuid?.() === 0 ? ["-u", "nobody"] : [];
    const child = Bun.spawn([...command, ...asUser, file], { stdout: "ignore", stderr: "ignore" });
    const stop = async () => {
      child.kill("SIGKILL");
      await child.exited;
      directory[Symbol.dispose]();
    };
    await until(async () => child.exitCode !== null || (await answers(url.href)));
    if (child.exitCode === null) return { url: url.href, [Symbol.asyncDispose]: stop };
    await stop();
    if (tries === START_TRIES_MAX) throw new Error(`PgBouncer does not start: ${lines.join(", ")}`);
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new SQL(url, { max: 1, prepare: false });
  try {
    await client.unsafe("select 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.close({ timeout: 0 });
  }
}

function commands(): string[][] {
  const named = process.env[VARIABLE]?.split("\n").filter((line) => line !== "") ?? [];
  const inPath = Bun.which("pgbouncer", { PATH: `${process.env.PATH ?? ""}:/usr/sbin` });
  const found = named.length > 0 ? named : inPath === null ? [] : [inPath];
  if (found.length === 0 && process.env.CI !== undefined)
    throw new Error(`${VARIABLE} names no PgBouncer: .ci/pgbouncer`);
  return found.map((line) => line.split(" "));
}
