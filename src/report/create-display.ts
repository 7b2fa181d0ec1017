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
};

/** What flags ask for: JSON Lines on stdout, a live display where stderr is a terminal, plain lines, or next to nothing. */
export function createDisplay(flags: DisplayFlags, { stdout, stderr, terminal, clock }: DisplayWorld): Display {
  const { json, quiet } = flags;
  if (terminal !== undefined && !json && !quiet) return new LiveDisplay({ ...flags, terminal, clock });
  const reporter = json
    ? jsonReporter({ ...flags, output: stdout, clock })
    : quiet
      ? quietReporter({ output: stderr })
      : plainReporter({ ...flags, output: stderr, clock });
  return {
    ...reporter,
    stderr,
    // After the "^C" that the terminal shows.
    stopping: (text) => (quiet ? undefined : stderr.write(`\n${text}\n`)),
    deaf: (work) => work(),
    end: () => {},
  };
}
