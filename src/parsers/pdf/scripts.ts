import type { Span } from "./pdf-content.ts";

/** Of the letter's font size. */
const SIZE_MIN = 0.45;
const SIZE_MAX = 0.87;
const RAISED_MAX = 0.65;
const GAP_MAX = 0.3;

/**
 * Spans, in the order they are painted, whose exponents and indices are on the baseline of the letter they belong to:
 * between two close lines, or beside a fraction, their height alone does not tell.
 */
export function withScripts<Placed extends Span>(spans: readonly Placed[]): Placed[] {
  let base: Placed | undefined;
  let right = 0;
  return spans.map((span) => {
    if (span.text.trim() === "") return span;
    if (base === undefined || !isScript(span, base, right)) {
      base = span;
      right = span.x + span.width;
      return span;
    }
    right = Math.max(right, span.x + span.width);
    return { ...span, y: base.y };
  });
}

function isScript({ x, y, size }: Span, base: Span, right: number): boolean {
  return (
    size < base.size * SIZE_MAX &&
    size > base.size * SIZE_MIN &&
    Math.abs(y - base.y) < base.size * RAISED_MAX &&
    x > base.x + base.width - base.size * GAP_MAX &&
    x < right + base.size * GAP_MAX
  );
}
