import { writeSync } from "node:fs";
import type { WriteStream } from "node:tty";
import { Pulse, type PulseWorker } from "./pulse.ts";
import { type LiveTerminal, terminalAbilities } from "./terminal.ts";

/** Of a terminal that does not say (`docker exec -t`). */
const [COLUMNS_DEFAULT, ROWS_DEFAULT] = [80, 24];

/** The terminal that stderr is; undefined where it is none, or none to draw on. `startPulse` starts a Worker that keeps time. */
export function systemTerminal(
  stream: WriteStream & { readonly fd: number },
  env: Readonly<Record<string, string | undefined>>,
  startPulse: () => PulseWorker,
): LiveTerminal | undefined {
  const abilities = terminalAbilities(env);
  if (!stream.isTTY || abilities === undefined) return undefined;
  let pulse: Pulse | undefined;
  return {
    get columns() {
      return stream.columns || COLUMNS_DEFAULT;
    },
    get rows() {
      return stream.rows || ROWS_DEFAULT;
    },
    get isBusy() {
      return stream.writableLength > 0;
    },
    abilities,
    write(text) {
      if (pulse === undefined) stream.write(text);
      else pulse.write(() => void stream.write(text));
    },
    keepTime(elapsedMs) {
      pulse?.end();
      pulse = elapsedMs === undefined ? undefined : new Pulse(startPulse, elapsedMs);
    },
    onChange(callback) {
      const [resized, resumed] = [() => callback("resized"), () => callback("resumed")];
      stream.on("resize", resized);
      process.on("SIGCONT", resumed);
      return () => {
        stream.off("resize", resized);
        process.off("SIGCONT", resumed);
      };
    },
    atEnd(text) {
      const write = () => {
        try {
          writeSync(stream.fd, text);
        } catch {
          // The terminal is gone.
        }
      };
      const suspend = () => {
        write();
        process.kill(process.pid, "SIGSTOP");
      };
      // Of Ctrl-\, which ends a process at once: without a handler it does.
      const quit = () => {
        write();
        process.off("SIGQUIT", quit);
        process.kill(process.pid, "SIGQUIT");
      };
      process.on("exit", write);
      process.on("SIGTSTP", suspend);
      process.on("SIGQUIT", quit);
      return () => {
        process.off("exit", write);
        process.off("SIGTSTP", suspend);
        process.off("SIGQUIT", quit);
      };
    },
  };
}
