import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
async function compile(program: string, code: string, { env, signal }: Run): Promise<CheckedCode> {
  const directory = await mkdtemp(join(tmpdir(), "bbj-ingest-all-"));
  const file = join(directory, SHOWN_FILE);
  const said = join(directory, "said");
  try {
    await Bun.write(file, code);
    const child = Bun.spawn([program, "-N", file], {
      ...{ cwd: directory, env: { ...env }, stdin: "ignore", stdout: "ignore", stderr: Bun.file(said) },
      // A group of its own: it may be a script, whose children are to end with it.
      detached: true,
    });
    const end = () => endGroup(child);
    signal.addEventListener("abort", end, { once: true });
    await child.exited;
    end();
    signal.removeEventListener("abort", end);
    signal.throwIfAborted();
    if (child.signalCode !== null) throw failed(`it was ended by ${child.signalCode}`);
    const text = await Bun.file(said).slice(0, ERROR_BYTES_MAX).text();
    const errors = text
      .replaceAll(file, SHOWN_FILE)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "");
    return { valid: errors.length === 0, errors };
  } catch (error) {
    if (error instanceof IngestError || signal.aborted) throw signal.aborted ? signal.reason : error;
    throw failed(messageOf(error));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
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
