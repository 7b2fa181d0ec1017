import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Clock } from "../flow/clock.ts";
import { IngestError, messageOf, usageError } from "../flow/errors.ts";
import { Semaphore } from "../flow/semaphore.ts";
import { Watchdog } from "../flow/watchdog.ts";
import { shownValue } from "../config/problems.ts";
import type { World } from "../commands/world.ts";
import type { CheckedCode } from "./shapes.ts";

const COMPILER = "bbjcpl";
const CHECK_MS_MAX = 10_000;
/** Each is a Java machine of its own. */
const CHECKS_MAX = 2;
const ERROR_BYTES_MAX = 64_000;
/** For what has been said to arrive once the compiler has ended. */
const LAST_WORDS_MS = 1_000;
/** What stands for the file in its messages. */
const SHOWN_FILE = "program.bbj";

/** Finds mistakes in programs. */
export type Compiler = { check(code: string, signal: AbortSignal): Promise<CheckedCode> };

/**
 * BBj's compiler, the one that is set or else the one in PATH; undefined where there is none. Throws a usage error where
 * the one that is set cannot be run.
 */
export function findCompiler(
  set: string | undefined,
  { env, cwd, clock }: Pick<World, "env" | "cwd" | "clock">,
): Compiler | undefined {
  const found = Bun.which(set ?? COMPILER, { PATH: env.PATH ?? "", cwd });
  if (found === null && set !== undefined)
    throw usageError(`bbjcpl must be a program that can be run, not ${shownValue(set)}`);
  return found === null ? undefined : compilerAt(found, { env, clock });
}

function compilerAt(program: string, { env, clock }: Pick<World, "env" | "clock">): Compiler {
  const checks = new Semaphore(CHECKS_MAX);
  return {
    async check(code, signal) {
      using patience = new Watchdog(clock, signal);
      patience.limitTime(CHECK_MS_MAX, tooLate);
      const { signal: limited } = patience;
      return await checks.use(() => compile(program, code, { env, clock, signal: limited }), limited);
    },
  };
}

type Run = { readonly env: World["env"]; readonly clock: Clock; readonly signal: AbortSignal };

/** `-N` compiles without writing a file. It ends with 0 whatever it found, and says what is wrong on stderr. */
async function compile(program: string, code: string, { env, clock, signal }: Run): Promise<CheckedCode> {
  const directory = await mkdtemp(join(tmpdir(), "bbj-ingest-all-"));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once("exit", remove);
  try {
    const file = join(directory, SHOWN_FILE);
    await Bun.write(file, code);
    signal.throwIfAborted();
    const text = await saidBy([program, "-N", file], { env, clock, signal });
    const errors = text
      .replaceAll(file, SHOWN_FILE)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "");
    return { valid: errors.length === 0, errors };
  } catch (error) {
    if (error instanceof IngestError || signal.aborted) throw signal.aborted ? signal.reason : error;
    throw failed(messageOf(error));
  } finally {
    process.off("exit", remove);
    remove();
  }
}

/** What a command says on stderr, as much of it as is read. Throws where it fails without a word. */
async function saidBy(command: readonly string[], { env, clock, signal }: Run): Promise<string> {
  const child = Bun.spawn([...command], {
    ...{ cwd: dirname(command.at(-1) ?? ""), env: { ...env }, stdin: "ignore", stdout: "ignore", stderr: "pipe" },
    // A group of its own: it may be a script, whose children are to end with it.
    detached: true,
  });
  const end = () => endGroup(child);
  process.once("exit", end);
  signal.addEventListener("abort", end, { once: true });
  const said = new Uint8Array(ERROR_BYTES_MAX);
  let length = 0;
  const listen = async () => {
    for await (const bytes of child.stderr) {
      const some = bytes.subarray(0, said.length - length);
      said.set(some, length);
      length += some.length;
      // That much says enough.
      if (length === said.length) return end();
    }
  };
  const heard = listen().catch(() => {});
  try {
    await child.exited;
  } finally {
    process.off("exit", end);
    signal.removeEventListener("abort", end);
    end();
  }
  // What has left its group may keep stderr open.
  await Promise.race([heard, clock.sleep(LAST_WORDS_MS, signal).catch(() => {})]);
  signal.throwIfAborted();
  const { exitCode, signalCode } = child;
  if (signalCode !== null && length < said.length) throw failed(`it was ended by ${signalCode}`);
  if (exitCode !== null && exitCode !== 0 && length === 0) throw failed(`it ended with exit code ${exitCode}`);
  return new TextDecoder().decode(said.subarray(0, length));
}

/** Windows has no groups. */
function endGroup(child: Bun.Subprocess): void {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

function tooLate(): IngestError {
  const message = `${COMPILER} has not answered within ${CHECK_MS_MAX / 1_000} s`;
  return new IngestError(message, { decision: "skip", code: "timeout" });
}

function failed(reason: string): IngestError {
  return new IngestError(`${COMPILER} cannot be run: ${reason}`, { decision: "skip", code: "usage" });
}
