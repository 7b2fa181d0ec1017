import type { Clock } from "../flow/clock.ts";
import type { Reporter } from "../ingest/events.ts";
import { jsonReporter } from "./json.ts";
import type { Output } from "./output.ts";
import { plainReporter } from "./plain.ts";
import { quietReporter } from "./quiet.ts";

/** The reporter that flags ask for: JSON Lines on stdout, or plain lines on stderr, or next to nothing. */
export function createReporter(
  flags: { readonly json?: boolean; readonly verbose?: boolean; readonly quiet?: boolean; readonly dryRun?: boolean },
  world: { readonly stdout: Output; readonly stderr: Output; readonly clock: Clock },
): Reporter {
  const { stdout, stderr, clock } = world;
  if (flags.json) return jsonReporter({ ...flags, output: stdout, clock });
  return flags.quiet ? quietReporter({ output: stderr }) : plainReporter({ ...flags, output: stderr, clock });
}
