// The events of `--json` as the program declares them, for the README and the tests.
import { z } from "zod";
import { RUN_EVENTS } from "../src/ingest/events.ts";
import { DOCTOR_LINES } from "../src/report/doctor-lines.ts";
import { EVAL_LINES } from "../src/report/eval-lines.ts";
import { DRY_RUN_EVENTS, snakeKey } from "../src/report/json.ts";

/** Each line has `type` and `at` before what is its own; `batch` is for people. */
export const jsonEvents = RUN_EVENTS.filter(({ shape }) => shape.type.value !== "batch").map((schema) => {
  const { type, ...fields } = schema.shape;
  const dryRun = DRY_RUN_EVENTS.has(type.value) ? { dry_run: z.boolean() } : {};
  return z
    .strictObject({ type, at: z.iso.datetime(), ...snakeShape(fields), ...dryRun })
    .describe(schema.description ?? "");
});

/** The lines of `eval --json`. */
export const evalLines = EVAL_LINES.map((schema) =>
  z.strictObject(snakeShape(schema.shape)).describe(schema.description ?? ""),
);

/** The lines of `doctor --json`. */
export const doctorLines = DOCTOR_LINES.map((schema) =>
  z.strictObject(snakeShape(schema.shape)).describe(schema.description ?? ""),
);

function snakeShape(shape: z.core.$ZodShape): z.core.$ZodLooseShape {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [snakeKey(key), snakeSchema(schema)]));
}

function snakeSchema(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = schema instanceof z.ZodReadonly ? schema.unwrap() : schema;
  if (!(inner instanceof z.ZodArray) || !(inner.element instanceof z.ZodObject)) return schema;
  // What a note is shows in what becomes of its source.
  const { kind: _, ...shape } = inner.element.shape;
  const { description = "" } = z.globalRegistry.get(schema) ?? {};
  return z.array(z.strictObject(snakeShape(shape))).describe(description);
}
