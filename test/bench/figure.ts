import { appendFileSync } from "node:fs";
import { z } from "zod";

/** Where `npm run bench` collects the figures of all scripts, JSON Lines. */
export const FIGURES_FILE = "BBJ_BENCH_FIGURES";

export const figureShape = z.object({
  what: z.string(),
  value: z.number(),
  /** `ms`, `s`, `MB`, `MB/s`, or `x`: a ratio of two measurements that were taken in turns. */
  unit: z.string(),
  most: z.number().optional(),
  least: z.number().optional(),
});
export type Figure = z.infer<typeof figureShape>;

/** What is to be known beside the figures. */
export const noteShape = z.object({ note: z.string() });

/** Prints a remark, and hands it to `npm run bench`. */
export function note(text: string): void {
  console.log(text);
  hand({ note: text });
}

/** Prints a figure beside its limit, and hands it to `npm run bench`. */
export function report(figure: Figure): void {
  const { what, value, unit } = figure;
  console.log(`${what.padEnd(64)} ${rounded(value).padStart(8)} ${unit.padEnd(5)} ${verdict(figure)}`);
  hand(figure);
}

function hand(line: Figure | z.infer<typeof noteShape>): void {
  const file = process.env[FIGURES_FILE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** Whether a figure keeps its limit; one without a limit does. */
export function keepsLimit({ value, most = Infinity, least = -Infinity }: Figure): boolean {
  return value <= most && value >= least;
}

export function limitText({ most, least }: Figure): string {
  if (most !== undefined) return `at most ${most}`;
  return least === undefined ? "" : `at least ${least}`;
}

function verdict(figure: Figure): string {
  const limit = limitText(figure);
  return limit === "" ? "" : `${limit}: ${keepsLimit(figure) ? "ok" : "FALLS SHORT"}`;
}

/** Three digits that mean something. */
export function rounded(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
