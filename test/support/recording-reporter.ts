import type { Reporter, RunEvent } from "../../src/ingest/events.ts";

/** Keeps every event of a run. */
export class RecordingReporter implements Reporter {
  readonly events: RunEvent[] = [];

  report(event: RunEvent): void {
    this.events.push(event);
  }

  of<Type extends RunEvent["type"]>(type: Type): Extract<RunEvent, { type: Type }>[] {
    return this.events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
  }
}
