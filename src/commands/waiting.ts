import { cut } from "../text/words.ts";
import { Cancelled } from "./prompts.ts";
import type { World } from "./world.ts";

const FRAMES = ["◒", "◐", "◓", "◑"];
/** The font of Linux's own console has no others. */
const ASCII_FRAMES = ["|", "/", "-", "\\"];
const FRAME_MS = 120;
const CLEAR_LINE = "\r\x1b[K";
/** A terminal that has become narrower would go on below, and the next frame would leave that there. */
const [NO_WRAP, WRAP] = ["\x1b[?7l", "\x1b[?7h"];
/** From then on it is said how long it takes. */
const SAID_AFTER_MS = 2_000;
const COLUMNS_ELSE = 80;

/**
 * The result of `work`, beside a line that says what is waited for, and is gone then. Throws `Cancelled` at a signal. A line of
 * ours, since the spinner of clack takes the keys meanwhile, and ends this process with exit code 0 at Ctrl-C (clack 1.9).
 */
export async function waitingFor<Result>(
  text: () => string,
  work: Promise<Result>,
  { stdout, clock, env, onInterrupt }: Pick<World, "stdout" | "clock" | "env" | "onInterrupt">,
): Promise<Result> {
  const done = new AbortController();
  const frames = env.TERM === "linux" ? ASCII_FRAMES : FRAMES;
  const startedMs = clock.now();
  const waited = () => {
    const ms = clock.now() - startedMs;
    return ms < SAID_AFTER_MS ? "" : `, ${Math.floor(ms / 1_000)} s`;
  };
  const drawing = async () => {
    for (let frame = 0; !done.signal.aborted; frame++) {
      const told = `${frames[frame % frames.length]}  ${text()}${waited()}`;
      stdout.write(`${CLEAR_LINE}${NO_WRAP}${cut(told, (stdout.columns ?? COLUMNS_ELSE) - 1)}${WRAP}`);
      await clock.sleep(FRAME_MS, done.signal).catch(() => {});
    }
    stdout.write(CLEAR_LINE);
  };
  const interrupted = Promise.withResolvers<never>();
  const off = onInterrupt(() => interrupted.reject(new Cancelled()), { goesOn: true });
  const drawn = drawing();
  try {
    return await Promise.race([work, interrupted.promise]);
  } finally {
    off();
    done.abort();
    await drawn;
  }
}
