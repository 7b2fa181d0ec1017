import { EXECUTABLE } from "./executable.ts";

export type TerminalOptions = {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cols?: number;
  readonly rows?: number;
};

/** The executable in a pseudo-terminal: what it has written so far, keys to press, its end. */
export function inTerminal(args: readonly string[], options: TerminalOptions) {
  return commandInTerminal([EXECUTABLE, ...args], options);
}

export function commandInTerminal(command: readonly string[], { cwd, env, cols = 100, rows = 40 }: TerminalOptions) {
  const decoder = new TextDecoder();
  let screen = "";
  let wake = () => {};
  let ended = false;
  const drained = Promise.withResolvers<void>();
  const child = Bun.spawn([...command], {
    cwd,
    env: { PATH: "/usr/bin:/bin", HOME: cwd, TERM: "xterm-256color", ...env },
    terminal: {
      cols,
      rows,
      data(_, data) {
        screen += decoder.decode(data, { stream: true });
        wake();
      },
      exit: () => drained.resolve(),
    },
  });
  const text = () => Bun.stripANSI(screen);
  void child.exited.then(async () => {
    // What it wrote last may arrive after its end.
    if (!child.terminal?.closed) await drained.promise;
    ended = true;
    wake();
  });
  return {
    child,
    press: (keys: string) => child.terminal?.write(keys),
    resize: (columns: number, lines: number) => child.terminal?.resize(columns, lines),
    /** As closing the window does: the process gets SIGHUP, and every write to the terminal fails. */
    close: () => child.terminal?.close(),
    text,
    /** With its escape codes. */
    raw: () => screen,
    /** Resolves when `wanted` has been written, so many times, or what was is that. What is pressed between two prompts is no answer. */
    async sees(wanted: string | ((raw: string) => boolean), times = 1) {
      while (typeof wanted === "string" ? text().split(wanted).length <= times : !wanted(screen)) {
        if (ended) throw new Error(`ended without "${String(wanted)}":\n${text()}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    /** Its exit code, when all it wrote has arrived. */
    async exitCode() {
      await child.exited;
      if (!child.terminal?.closed) await drained.promise;
      return child.exitCode;
    },
  };
}
