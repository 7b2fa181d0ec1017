/** Long enough to leave the processor to what is waited for. */
const POLL_MS = 2;

/** Resolves when the condition holds; the test's own time limit ends it otherwise. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await Bun.sleep(POLL_MS);
}
