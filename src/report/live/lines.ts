import type { RunState } from "../run-state.ts";
import { headLines } from "./head-lines.ts";
import { sourceLines } from "./source-lines.ts";
import { Style } from "./style.ts";
import type { TerminalAbilities } from "./terminal.ts";

/**
 * Of the rows of a terminal; the others show what scrolls above. One that is made half as wide breaks each line in two before
 * we hear of it, and what is then above its first row is in its history, where nothing can be erased.
 */
const ROWS_SHARE = 1 / 2;
/** Of one so wide that half of it has room for all lines. */
const [WIDE_COLUMNS, WIDE_ROWS_SHARE] = [200, 2 / 3];
const ROWS_MIN = 3;
/** Of those for figures below what the run is at. */
const FIGURE_SHARE = 1 / 3;

type Drawing = {
  readonly columns: number;
  readonly rows: number;
  /** On the clock of the run. */
  readonly nowMs: number;
  readonly abilities: Pick<TerminalAbilities, "colors" | "unicode">;
  /** What was not said above any more; "" when all was. */
  readonly unsaid?: string;
  /** Nothing but what it is at. */
  readonly isBrief?: boolean;
};

/** A run as it is drawn: no line wider than the screen, and all of them within it. */
export function lines(run: RunState, drawing: Drawing): string[] {
  const { rows, nowMs, unsaid = "", isBrief = false } = drawing;
  const style = new Style(drawing.abilities);
  // The last column stays free: a line that fills it leaves the cursor where the next character breaks it.
  const columns = Math.max(drawing.columns - 1, 1);
  const share = drawing.columns < WIDE_COLUMNS ? ROWS_SHARE : WIDE_ROWS_SHARE;
  const most = Math.min(Math.max(Math.floor(rows * share), ROWS_MIN), Math.max(rows - 1, 1));
  const tail = unsaid === "" || isBrief ? [] : [style.in("yellow", style.cut(`  ${unsaid}`, columns))];
  const figureRows = isBrief ? 0 : Math.floor(most * FIGURE_SHARE);
  const head = headLines(run, { columns, rows: figureRows, nowMs, style });
  if (isBrief) return head;
  const body = sourceLines(run, { columns, rows: most - head.length - tail.length, style });
  return [...head, ...body, ...tail].slice(0, most);
}
