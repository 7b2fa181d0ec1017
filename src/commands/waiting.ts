import { cut } from "../text/words.ts";
import type { World } from "./world.ts";

const FRAMES = ["◒", "◐", "◓", "◑"];
const FRAME_MS = 120;
const CLEAR_LINE = "\r\x1b[K";
/** From then on it is said how long it takes. */
const SAID_AFTER_MS = 2_000;
const COLUMNS_ELSE = 80;

/**
 * The result of `work`, beside a line that says what is waited for, and is gone then. A line of ours, since the spinner of
 * clack takes the keys meanwhile, and ends this process with exit code 0 at Ctrl-C (clack 1.9): here that is the signal it always is.
 */
export async function waitingFor<Result>(
  text: () => string,
  work: Promise<Result>,
  { stdout, clock, env }: Pick<World, "stdout" | "clock" | "env">,
): Promise<Result> {
  const done = new AbortController();
  const isPlain = env.TERM === "dumb";
  const startedMs = clock.now();
  const waited = () => {
    const ms = clock.now() - startedMs;
    return ms < SAID_AFTER_MS ? "" : `, ${Math.floor(ms / 1_000)} s`;
  };
  const drawing = async () => {
    for (let frame = 0; !done.signal.aborted; frame++) {
      if (!isPlain || frame === 0) {
        const line = cut(
          `${FRAMES[frame % FRAMES.length]}  ${text()}${waited()}`,
          (stdout.columns ?? COLUMNS_ELSE) - 1,
        );
        stdout.write(isPlain ? `${line}\n` : `${CLEAR_LINE}${line}`);
      }
      await clock.sleep(FRAME_MS, done.signal).catch(() => {});
    }
    if (!isPlain) stdout.write(CLEAR_LINE);
  };
  const drawn = drawing();
  try {
    return await work;
  } finally {
    done.abort();
    await drawn;
  }
}
