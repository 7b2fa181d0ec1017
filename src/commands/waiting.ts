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
  { stdout, clock, env }: Pick<World, "stdout" | "clock" | "env">,
): Promise<Result> {
  const done = new AbortController();
  const isPlain = env.TERM === "dumb";
  const drawing = async () => {
    for (let frame = 0; !done.signal.aborted; frame++) {
      if (!isPlain || frame === 0) {
        const line = Bun.sliceAnsi(
          `${FRAMES[frame % FRAMES.length]}  ${text()}`,
          0,
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
