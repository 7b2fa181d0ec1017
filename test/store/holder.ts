import { join } from "node:path";
import type { DatabaseChoice } from "../../src/store/driver/database.ts";

/** Another process that has a store open. */
export type Holder = {
  readonly pid: number;
  /** What it has printed. */
  readonly lines: readonly string[];
  /** Resolves when it has printed `line`. */
  printed(line: string): Promise<void>;
  /** With SIGKILL. */
  kill(): Promise<void>;
};

/** Starts `hold-store.ts`. */
export function startHolder(choice: DatabaseChoice, documents = 0): Holder {
  const script = join(import.meta.dir, "hold-store.ts");
  const child = Bun.spawn([process.execPath, script, JSON.stringify(choice), String(documents)], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const lines: string[] = [];
  const waiting: { readonly line: string; readonly resolve: () => void; readonly reject: (error: Error) => void }[] =
    [];
  const reading = (async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      for (const { line, resolve } of waiting) if (lines.includes(line)) resolve();
    }
    for (const { line, reject } of waiting) reject(new Error(`the process ended before it printed "${line}"`));
  })();
  return {
    pid: child.pid,
    lines,
    printed: (line) =>
      new Promise((resolve, reject) => {
        if (lines.includes(line)) resolve();
        else waiting.push({ line, resolve, reject });
      }),
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
      await reading;
    },
  };
}
