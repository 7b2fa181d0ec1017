import type { Reporter } from "../ingest/events.ts";
import { printable } from "../text/printable.ts";
import { errorLines, eventLine } from "./event-line.ts";
import type { Output } from "./output.ts";

/** More than this would bury everything else; the failure log has them all. */
const FAILURE_LINES_MAX = 20;
/** Warnings about the run as a whole: the last word on it is among the last ones. */
const WARNINGS_MAX = 20;

/** Nothing while all is well. Names files and chunks that failed, and at the end what may be why the run is no success. */
export function quietReporter({ output }: { readonly output: Output }): Reporter {
  const warnings: string[] = [];
  let failures = 0;
  const say = (line: string) => output.write(`${printable(line)}\n`);
  return {
    report(event) {
      switch (event.type) {
        case "error":
          return errorLines(event).forEach(say);
        case "failure":
          failures++;
          if (failures === FAILURE_LINES_MAX + 1) say("failed: more; the failure log has them all");
          if (failures <= FAILURE_LINES_MAX) say(eventLine(event));
          return;
        case "source_end":
          for (const { kind, path, reason } of event.skipped)
            if (kind === "failed") say(`failed: ${event.source}: ${path}: ${reason}`);
          return;
        case "warning":
          if (event.source !== "") return;
          warnings.push([event.path, event.reason].filter((part) => part !== "").join(": "));
          if (warnings.length > WARNINGS_MAX) warnings.shift();
          return;
        case "summary":
          if (event.exitCode === 1) for (const warning of warnings) say(`warning: ${warning}`);
          return;
      }
    },
  };
}
