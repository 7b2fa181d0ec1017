import type { Clock } from "../flow/clock.ts";
import type { Reporter, RunEvent } from "../ingest/events.ts";
import type { Output } from "./output.ts";
import { printableJson } from "../text/printable.ts";

type JsonOptions = {
  readonly output: Output;
  readonly clock: Clock;
  /** Said by the events that tell what was done: it was not. */
  readonly dryRun?: boolean;
};

/** Events of which a reader must know whether they are true, or would be. */
export const DRY_RUN_EVENTS: ReadonlySet<RunEvent["type"]> = new Set(["start", "source_end", "summary"]);

/** One JSON object a line, keys in snake_case, each with `type` and `at`; what is only for `--verbose` readers is left out. */
export function jsonReporter({ output, clock, dryRun = false }: JsonOptions): Reporter {
  return {
    report(event) {
      if (event.type === "batch") return;
      const { type, ...body } = event;
      const told =
        type === "source_end"
          ? { ...body, skipped: event.skipped.map(({ path, reason }) => ({ path, reason })) }
          : body;
      const at = clock.date().toISOString();
      output.write(jsonLine({ type, at, ...told, ...(DRY_RUN_EVENTS.has(type) ? { dryRun } : {}) }));
    },
  };
}

/** `value` on a line, keys in snake_case. */
export function jsonLine(value: { readonly type: string } & Readonly<Record<string, unknown>>): string {
  return `${printableJson(JSON.stringify(snakeCase(value)))}\n`;
}

export function snakeKey(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** What a document brought along has keys of its own. */
const VERBATIM = "metadata";

function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase);
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    entries.map(([key, inner]) => [snakeKey(key), key === VERBATIM ? inner : snakeCase(inner)]),
  );
}
