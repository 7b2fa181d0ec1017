import type { CANCEL_SYMBOL } from "@clack/prompts";

/** As a shell has it for what Ctrl-C ended. */
export const EXIT_CANCELLED = 130;
const CTRL_D = "\x04";

/** The user has taken back all that was asked: nothing is to be changed. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

/** The prompts of clack. */
export type Prompts = Awaited<ReturnType<typeof loadPrompts>>;

/** The prompts. Loaded by those who ask only: it costs start-up time. */
export async function loadPrompts() {
  const clack = await import("@clack/prompts");
  // As for every program that reads from a terminal, it is the end of the answers.
  clack.updateSettings({ aliases: { [CTRL_D]: "cancel" } });
  return clack;
}

/** What was answered. Throws `Cancelled` when that is nothing. */
export function answer<Value>(given: Value | typeof CANCEL_SYMBOL): Value {
  if (typeof given === "symbol") throw new Cancelled();
  return given;
}
