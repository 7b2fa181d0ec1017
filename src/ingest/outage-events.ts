import type { ErrorCode } from "../flow/error-codes.ts";
import type { OutageOptions } from "../flow/outage.ts";
import type { IngestorOptions } from "./ingestor-options.ts";

/** Errors of a service from which nothing came, but perhaps from a proxy in its place. */
const SILENCE: ReadonlySet<ErrorCode> = new Set([
  ...(["embedder_unreachable", "embedder_unavailable", "connection_lost", "timeout"] as const),
  ...(["database_unreachable", "database_lost", "database_timeout"] as const),
]);

/** Reports an outage of a service, which is a phase of the run. */
export function outageEvents(
  service: "embedder" | "database",
  host: string,
  { reporter, clock, phases }: Pick<IngestorOptions, "reporter" | "clock" | "phases">,
): Pick<OutageOptions, "onWait" | "onEnd"> {
  let endPhase: (() => void) | undefined;
  const secondsSince = (ms: number) => Math.round((clock.now() - ms) / 1_000);
  return {
    onWait({ error, since, sinceMs, until }) {
      endPhase ??= phases.begin("outage");
      reporter.report({
        ...{ type: "outage", service, host, error: error.message, answers: !SILENCE.has(error.code) },
        ...{ since: since.toISOString(), until: until.toISOString(), sinceS: secondsSince(sinceMs) },
      });
    },
    onEnd(end, { sinceMs }) {
      endPhase?.();
      endPhase = undefined;
      reporter.report({ type: "outage_end", service, host, end, lastedS: secondsSince(sinceMs) });
    },
  };
}
