import type { Clock } from "../flow/clock.ts";
import type { Display } from "./display.ts";
import { jsonReporter } from "./json.ts";
import { LiveDisplay } from "./live/live.ts";
import type { LiveTerminal } from "./live/terminal.ts";
import type { Output } from "./output.ts";
import { plainReporter } from "./plain.ts";
import { quietReporter } from "./quiet.ts";

type DisplayFlags = {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
  readonly warnings?: boolean;
  readonly progressInterval?: number;
};

type DisplayWorld = {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly terminal?: LiveTerminal | undefined;
  readonly clock: Clock;
  everySecond?(work: () => void): () => void;
};

/** What flags ask for: JSON Lines on stdout, a live display where stderr is a terminal, plain lines, or next to nothing. */
export function createDisplay(
  flags: DisplayFlags,
  { stdout, stderr, terminal, clock, everySecond }: DisplayWorld,
): Display {
  const { json, quiet } = flags;
  const written = {
    stderr,
    // After the "^C" that the terminal shows.
    stopping: (text: string) => (quiet ? undefined : stderr.write(`\n${text}\n`)),
    deaf: <Result>(work: () => Promise<Result>) => work(),
    end: () => {},
  };
  if (json) return { ...jsonReporter({ ...flags, output: stdout, clock }), ...written };
  if (quiet) return { ...quietReporter({ output: stderr }), ...written };
  if (terminal !== undefined) return new LiveDisplay({ ...flags, terminal, clock });
  const plain = plainReporter({ ...flags, output: stderr, clock });
  return { ...plain, ...written, end: everySecond?.(() => plain.tick()) ?? written.end };
}
