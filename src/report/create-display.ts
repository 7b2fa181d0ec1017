import type { Clock } from "../flow/clock.ts";
import type { Reporter } from "../ingest/events.ts";
import { jsonReporter } from "./json.ts";
import type { Output } from "./output.ts";
import { plainReporter } from "./plain.ts";

/** Where a run is told of. */
export type Display = Reporter & {
  /** Where everything else goes that is written to stderr while it is there. */
  readonly stderr: Output;
};

type DisplayFlags = {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
  readonly progressInterval?: number;
};

/** What flags ask for: JSON Lines on stdout, or plain lines on stderr. */
export function createDisplay(
  flags: DisplayFlags,
  world: { readonly stdout: Output; readonly stderr: Output; readonly clock: Clock },
): Display {
  const { stdout, stderr, clock } = world;
  const reporter = flags.json
    ? jsonReporter({ ...flags, output: stdout, clock })
    : plainReporter({ ...flags, output: stderr, clock });
  return { ...reporter, stderr };
}
