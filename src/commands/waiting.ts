import { cut } from "../text/words.ts";
import type { World } from "./world.ts";

const FRAMES = ["◒", "◐", "◓", "◑"];
const FRAME_MS = 120;
const CLEAR_LINE = "\r\x1b[K";
const COLUMNS_ELSE = 80;

/**
 * The result of `work`, beside a line that says what is waited for, and is gone then. A line of ours, since the spinner of
 * clack takes the keys meanwhile, and ends this process with exit code 0 at Ctrl-C (clack 1.9): here that is the signal it always is.
 */
export async function waitingFor<Result>(
  text: () => string,
  work: Promise<Result>,
  { stdout, clock }: Pick<World, "stdout" | "clock">,
): Promise<Result> {
  const done = new AbortController();
  const drawing = async () => {
    for (let frame = 0; !done.signal.aborted; frame++) {
      const line = cut(`${FRAMES[frame % FRAMES.length]}  ${text()}`, (stdout.columns ?? COLUMNS_ELSE) - 1);
      stdout.write(`${CLEAR_LINE}${line}`);
      await clock.sleep(FRAME_MS, done.signal).catch(() => {});
    }
    stdout.write(CLEAR_LINE);
  };
  const drawn = drawing();
  try {
    return await work;
  } finally {
    done.abort();
    await drawn;
  }
}
