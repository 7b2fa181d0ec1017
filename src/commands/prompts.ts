const CTRL_D = "\x04";

/** The prompts. Loaded by those who ask only: it costs start-up time. */
export async function loadPrompts() {
  const clack = await import("@clack/prompts");
  // As for every program that reads from a terminal, it is the end of the answers.
  clack.updateSettings({ aliases: { [CTRL_D]: "cancel" } });
  return clack;
}
