import type { Clock } from "../flow/clock.ts";
import type { Reporter } from "../ingest/events.ts";
import { jsonReporter } from "./json.ts";
import type { Output } from "./output.ts";
import { plainReporter } from "./plain.ts";

/** The reporter that flags ask for: JSON Lines on stdout, or plain lines on stderr. */
export function createReporter(
  flags: { readonly json?: boolean; readonly verbose?: boolean; readonly quiet?: boolean; readonly dryRun?: boolean },
  world: { readonly stdout: Output; readonly stderr: Output; readonly clock: Clock },
): Reporter {
  const { stdout, stderr, clock } = world;
  return flags.json
    ? jsonReporter({ ...flags, output: stdout, clock })
    : plainReporter({ ...flags, output: stderr, clock });
}
