import type { RunEvent } from "../../ingest/events.ts";
import { printable } from "../../text/printable.ts";
import { count } from "../../text/words.ts";
import { errorLines, eventLine } from "../event-line.ts";
import { wrap } from "../wrap.ts";

/** Of a kind; the others are counted. */
const LINES_MAX = 5;

const NAMES = {
  /** Files that could not be read. */
  failed: ["failed file", "failed files"],
  /** Files that were left out on purpose. */
  skipped: ["skipped file", "skipped files"],
  warning: ["warning", "warnings"],
  failure: ["failure", "failures"],
  retry: ["retry", "retries"],
};
type Counted = keyof typeof NAMES;

type AboveOptions = {
  readonly verbose?: boolean;
  readonly dryRun?: boolean;
  /** Each warning, however many there are. */
  readonly warnings?: boolean;
};

/** Which events leave a line above the display. */
export class Above {
  readonly #isVerbose: boolean;
  readonly #allWarnings: boolean;
  readonly #isDryRun: boolean;
  readonly #numbers = new Map<Counted, number>();
  #isAway = false;

  constructor({ verbose = false, dryRun = false, warnings = false }: AboveOptions) {
    this.#isVerbose = verbose;
    this.#allWarnings = warnings;
    this.#isDryRun = dryRun;
  }

  /** Broken between words, in so many columns, but for what may end in a command, or in a path, to be copied whole. */
  linesOf(event: RunEvent, columns: number): string[] {
    if (event.type === "error") return errorLines(event).map(printable);
    if (event.type === "progress" || !this.#isSaid(event)) return [];
    const line = printable(eventLine(event));
    if (line === "") return [];
    if (event.type === "warning" || event.type === "failure") return [line];
    const dryRun = event.type === "start" && this.#isDryRun ? "dry run, nothing is changed: " : "";
    return wrap(`${dryRun}${line}`, { first: "", others: "  ", columns, hard: false });
  }

  /** What was counted only: "and 12 more warnings". */
  get unsaid(): string {
    const parts = [...this.#numbers].flatMap(([type, number]) => {
      const more = number - LINES_MAX;
      return more > 0 ? `${count(more)} more ${NAMES[type][more === 1 ? 0 : 1]}` : [];
    });
    return parts.length === 0 ? "" : `and ${parts.join(", ")}`;
  }

  #isSaid(event: Exclude<RunEvent, { type: "error" | "progress" }>): boolean {
    if (event.type === "warning" && this.#allWarnings) return true;
    if (this.#isVerbose) return event.type !== "phase" || event.state !== "going on";
    switch (event.type) {
      case "warning":
      case "failure":
      case "retry": {
        const kind = event.type === "warning" ? (event.kind ?? "warning") : event.type;
        const number = (this.#numbers.get(kind) ?? 0) + 1;
        this.#numbers.set(kind, number);
        return number <= LINES_MAX;
      }
      case "outage": {
        // How long it goes on is to be seen below.
        const isNew = !this.#isAway;
        this.#isAway = true;
        return isNew;
      }
      case "outage_end":
        this.#isAway = false;
        return true;
      case "start":
      case "stopping":
        return true;
      default:
        return false;
    }
  }
}
