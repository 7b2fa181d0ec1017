import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Peer } from "./peer.ts";

const INSTALL_MS_MAX = 900_000;
const PYTHONS = ["python3.13", "python3.12", "python3.11", "python3"];
const PYTHON_LEAST = [3, 11] as const;

/** How a peer's script is started: a command that its arguments are to follow. */
export type Installed = readonly string[];

/**
 * Installs a peer by the ordinary clients outside of the repository, once for its versions, and returns how it is started.
 * Throws an error with the reason where that cannot be.
 */
export async function install(peer: Peer): Promise<Installed> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "bbj-ingest-all-peers");
  const python = peer.runtime === "python" ? await findPython() : "";
  const what = createHash("sha256")
    .update(JSON.stringify([python, peer.packages]))
    .digest("hex")
    .slice(0, 12);
  const folder = join(cache, `${peer.script.replace(/\W.*$/, "")}-${peer.runtime}-${what}`);
  const done = join(folder, "installed");
  if (!existsSync(done)) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    if (peer.runtime === "node")
      await did("npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", ...peer.packages);
    else {
      await did(python, "-m", "venv", folder);
      await did(join(folder, "bin/python"), "-m", "pip", "install", "--no-input", ...peer.packages);
    }
    writeFileSync(done, "");
  }
  const script = join(folder, peer.script);
  copyFileSync(join(import.meta.dir, peer.script), script);
  if (peer.runtime === "python") return [join(folder, "bin/python"), script];
  const node = Bun.which("node");
  if (node === null) throw new Error("there is no node");
  return [node, script];
}

async function findPython(): Promise<string> {
  for (const python of PYTHONS) {
    const path = Bun.which(python);
    if (path === null) continue;
    const code = `import sys, venv; sys.exit(sys.version_info[:2] < (${PYTHON_LEAST.join(", ")}))`;
    const child = Bun.spawn([path, "-c", code], { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
    if ((await child.exited) === 0) return path;
  }
  throw new Error(`there is no Python ${PYTHON_LEAST.join(".")} or newer with venv`);
}

async function did(...command: readonly string[]): Promise<void> {
  const child = Bun.spawn([...command], {
    ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    ...{ timeout: INSTALL_MS_MAX, killSignal: "SIGKILL" },
  });
  const [out, error] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (child.exitCode !== 0) throw new Error(`it does not install: ${lastLine(error) || lastLine(out) || "no answer"}`);
}

/** The one that says most of a program's end. */
export function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim().slice(0, 200) ?? "";
}
