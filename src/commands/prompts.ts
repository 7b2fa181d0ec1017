import type {
  AutocompleteMultiSelectOptions,
  CANCEL_SYMBOL,
  ConfirmOptions,
  SelectOptions,
  TextOptions,
} from "@clack/prompts";

const CTRL_D = "\x04";

/** The user has taken back all that was asked: nothing is to be changed. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

/** The prompts of clack. */
export type Prompts = Awaited<ReturnType<typeof loadPrompts>>;

/** The prompts. Loaded by those who ask only: it costs start-up time. */
export async function loadPrompts() {
  const { intro, outro, cancel, note, log, ...clack } = await import("@clack/prompts");
  // As for every program that reads from a terminal, it is the end of the answers.
  clack.updateSettings({ aliases: { [CTRL_D]: "cancel" } });
  // Pressed between two prompts it is no key: then it ends the input, and every prompt would wait for ever.
  const ended = new AbortController();
  process.stdin.once("end", () => ended.abort());
  const { signal } = ended;
  return {
    ...{ intro, outro, cancel, note, log },
    text: (options: TextOptions) => clack.text(Object.assign(options, { signal })),
    confirm: (options: ConfirmOptions) => clack.confirm(Object.assign(options, { signal })),
    select: <Value>(options: SelectOptions<Value>) => clack.select(Object.assign(options, { signal })),
    autocompleteMultiselect: <Value>(options: AutocompleteMultiSelectOptions<Value>) =>
      clack.autocompleteMultiselect(Object.assign(options, { signal })),
  };
}

/** What was answered. Throws `Cancelled` when that is nothing. */
export function answer<Value>(given: Value | typeof CANCEL_SYMBOL): Value {
  if (typeof given === "symbol") throw new Cancelled();
  return given;
}
