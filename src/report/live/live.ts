import type { Clock } from "../../flow/clock.ts";
import type { RunEvent } from "../../ingest/events.ts";
import type { Display } from "../display.ts";
import { heard, newRun, type RunState, shareOf } from "../run-state.ts";
import { wrap } from "../wrap.ts";
import { Above } from "./above.ts";
import { lines } from "./lines.ts";
import { GIVEN_BACK, Painter } from "./painter.ts";
import { NO_TASKBAR, Taskbar } from "./taskbar.ts";
import type { LiveTerminal } from "./terminal.ts";

/** The clock of the run moves on, if nothing else does. */
const TICK_MS = 1_000;
/** Frames are at least so far apart. */
const FRAME_MS_MIN = 250;

type LiveOptions = {
  readonly terminal: LiveTerminal;
  readonly clock: Clock;
  readonly verbose?: boolean;
  /** Each warning is named, however many there are. */
  readonly warnings?: boolean;
  readonly dryRun?: boolean;
};

/** A run as it is, at the end of what the terminal shows: drawn when something was heard, and every second. */
export class LiveDisplay implements Display {
  /** Lines that others write scroll above it. */
  readonly stderr = { write: (text: string) => this.#say(text) };
  readonly #terminal: LiveTerminal;
  readonly #clock: Clock;
  readonly #painter: Painter;
  readonly #taskbar: Taskbar | undefined;
  readonly #above: Above;
  readonly #over = new AbortController();
  readonly #release: (() => void)[];
  #run: RunState;
  /** Lines that are still to be written above it. */
  #waiting: string[] = [];
  #drawnMs = Number.NEGATIVE_INFINITY;
  #isDue = false;
  /** This thread hears of nothing, and may be ended without a word. */
  #isDeaf = false;
  #keepsTime = false;

  constructor({ terminal, clock, verbose = false, dryRun = false, warnings = false }: LiveOptions) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#painter = new Painter(terminal);
    this.#taskbar = terminal.abilities.taskbar ? new Taskbar((text) => terminal.write(text)) : undefined;
    this.#above = new Above({ verbose, dryRun, warnings });
    this.#run = newRun(clock.now());
    this.#release = [
      terminal.onChange((change) => {
        if (change === "resized") this.#painter.resized();
        else this.#painter.forget();
        this.#draw();
      }),
      terminal.atEnd(`${GIVEN_BACK}${terminal.abilities.taskbar ? NO_TASKBAR : ""}`),
    ];
    void this.#tick();
  }

  report(event: RunEvent): void {
    if (this.#over.signal.aborted) return;
    this.#run = heard(this.#run, event, this.#clock.now());
    this.#waiting.push(...this.#above.linesOf(event, this.#terminal.columns));
    if (event.type === "summary") this.end();
    // What begins may keep this thread from drawing.
    else if (this.#isDeaf || (event.type === "phase" && event.state === "begun")) this.#draw();
    // Those of batches come by the dozen: what they change is in the next frame.
    else if (event.type !== "batch" || this.#waiting.length > 0) this.#drawSoon();
  }

  stopping(text: string): void {
    this.#run = { ...this.#run, isStopping: true };
    this.#say(wrap(text, { first: "", others: "  ", columns: this.#terminal.columns, hard: false }).join("\n"));
  }

  async deaf<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#isDeaf = true;
    this.#taskbar?.clear();
    this.#draw();
    // To the end of the run: what does this once does it now and then, a commit takes a second or two.
    if (!this.#keepsTime) this.#terminal.keepTime(this.#clock.now() - this.#run.beganMs);
    this.#keepsTime = true;
    try {
      return await work();
    } finally {
      this.#isDeaf = false;
      this.#drawSoon();
    }
  }

  end(): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    if (this.#keepsTime) this.#terminal.keepTime(undefined);
    const { unsaid } = this.#above;
    this.#painter.clear([...this.#waiting, ...(unsaid === "" ? [] : [`${unsaid}; --verbose names them all`])]);
    this.#taskbar?.clear();
    for (const release of this.#release) release();
  }

  #say(text: string): void {
    if (this.#over.signal.aborted) return this.#terminal.write(text);
    this.#waiting.push(...text.replace(/^\n|\n$/g, "").split("\n"));
    this.#drawSoon();
  }

  #drawSoon(): void {
    const waitMs = this.#drawnMs + FRAME_MS_MIN - this.#clock.now();
    if (waitMs <= 0) return this.#draw();
    if (this.#isDue) return;
    this.#isDue = true;
    this.#clock.sleep(waitMs, this.#over.signal).then(
      () => this.#draw(),
      () => {},
    );
  }

  #draw(): void {
    this.#isDue = false;
    if (this.#over.signal.aborted || this.#terminal.isBusy) return;
    const { columns, rows, abilities } = this.#terminal;
    const nowMs = this.#clock.now();
    const { unsaid } = this.#above;
    const drawn = lines(this.#run, { columns, rows, nowMs, abilities, unsaid, isBrief: this.#isDeaf });
    this.#painter.draw(this.#waiting, drawn, { cursor: this.#isDeaf });
    this.#waiting = [];
    this.#drawnMs = nowMs;
    if (!this.#isDeaf) this.#taskbar?.show(shareOf(this.#run, nowMs), { isPaused: this.#run.outage !== undefined });
  }

  async #tick(): Promise<void> {
    const { signal } = this.#over;
    try {
      for (;;) {
        await this.#clock.sleep(TICK_MS, signal);
        this.#draw();
      }
    } catch {
      // It is over.
    }
  }
}
