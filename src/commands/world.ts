import type { Clock } from "../flow/clock.ts";
import type { ParseWorker } from "../ingest/parse-threads.ts";
import type { OpenDatabase } from "../store/open-store.ts";
import type { LiveTerminal } from "../report/live/terminal.ts";
import type { Output } from "../report/output.ts";

/** All a command touches outside of itself, but for files and the embedding server. */
export type World = {
  /** The words this program was called by. */
  readonly program: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  /** The terminal that stderr is, where a run can be drawn on it. */
  readonly terminal?: LiveTerminal | undefined;
  readonly clock: Clock;
  /** Calls back every second, for which nothing stays alive; returns what ends that. */
  everySecond?(callback: () => void): () => void;
  /** Opens the database of a run; the one it chose, unless a test puts another in its way. */
  readonly openDatabase?: OpenDatabase;
  /** In the executable a Worker is found only by a file beside `cli.ts`. */
  startParseWorker(): ParseWorker;
  /** stdin and stdout are terminals that prompts can be drawn on, and this is no CI. */
  readonly interactiveTerminal: boolean;
  /** Does `work`, during which this thread hears of no signal: they have their usual effect, and end the process. */
  whileDeaf?<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Calls back with an error that nobody caught, which is printed and passed over otherwise (Bun 1.4.5); returns what takes the callback off again. */
  onUncaught?(callback: (error: unknown) => void): () => void;
  /**
   * Calls back at the first SIGINT, SIGTERM or SIGHUP; returns what takes the callback off again. `goesOn`: the command is not
   * at its end then, and one signal still ends it.
   */
  onInterrupt(callback: () => void, options?: { readonly goesOn?: boolean }): () => void;
};
