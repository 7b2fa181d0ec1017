/** Progress in the task bar, as ConEmu was the first to show it: OSC 9;4, a state and what is done in percent. */
export class Taskbar {
  readonly #write: (text: string) => void;
  #shown = "";

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** `share`: 0 to 1; undefined where it is not known. */
  show(share: number | undefined, { isPaused = false } = {}): void {
    const percent = Math.floor((share ?? 0) * 100);
    this.#set(isPaused ? `4;${percent}` : share === undefined ? "3;0" : `1;${percent}`);
  }

  clear(): void {
    if (this.#shown !== "") this.#write(NO_TASKBAR);
    this.#shown = "";
  }

  #set(state: string): void {
    if (state === this.#shown) return;
    this.#shown = state;
    this.#write(`\x1b]9;4;${state}\x07`);
  }
}

export const NO_TASKBAR = "\x1b]9;4;0;0\x07";
