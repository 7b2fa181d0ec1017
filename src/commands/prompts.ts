import type { CANCEL_SYMBOL } from "@clack/prompts";
import { PROGRAM } from "../text/program.ts";

/** The user has cancelled: nothing was changed. */
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

/** What is asked, under the program's name. Exit code: that of `ask`; 130 when the user cancels: then nothing was changed. */
export async function prompting(ask: (clack: Prompts) => Promise<number>): Promise<number> {
  const clack = await loadPrompts();
  clack.intro(PROGRAM);
  try {
    return await ask(clack);
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    clack.cancel("Cancelled; nothing was changed.");
    return EXIT_CANCELLED;
  }
}

/** What was answered. Throws `Cancelled` when that is nothing. */
export function answer<Value>(given: Value | typeof CANCEL_SYMBOL): Value {
  if (typeof given === "symbol") throw new Cancelled();
  return given;
}
