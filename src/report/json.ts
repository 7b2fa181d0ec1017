import type { Clock } from "../flow/clock.ts";
import type { Reporter, RunEvent } from "../ingest/events.ts";
import type { Output } from "./output.ts";
import { printableJson } from "../text/printable.ts";

/** One JSON object a line, keys in snake_case, each with `type` and `at`; what is only for `--verbose` readers is left out. */
export function jsonReporter({ output, clock }: { readonly output: Output; readonly clock: Clock }): Reporter {
  return {
    report(event) {
      if (event.type === "batch") return;
      const line = JSON.stringify({ type: event.type, at: clock.date().toISOString(), ...bodyOf(event) });
      output.write(`${printableJson(line)}\n`);
    },
  };
}

function bodyOf(event: RunEvent): Record<string, unknown> {
  const { type: _, ...body } = event;
  if (event.type === "source_end") {
    return snakeCase({ ...body, skipped: event.skipped.map(({ path, reason }) => ({ path, reason })) });
  }
  return snakeCase(body);
}

/** The same with every key in snake_case; `chunksPerSecond` and its like lose their unit's long form. */
export function snakeCase(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeKey(key), convert(inner)]));
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  return typeof value === "object" && value !== null ? snakeCase(value) : value;
}

function snakeKey(key: string): string {
  return key
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replace(/_per_second$/, "_per_s")
    .replace(/_seconds$/, "_s");
}
