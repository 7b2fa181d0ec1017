import type { Clock } from "../flow/clock.ts";
import type { Output } from "../report/output.ts";

/** All a command touches outside of itself, but for files, the database and the embedding server. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly clock: Clock;
  /** stdin and stdout are terminals and this is no CI. */
  readonly interactiveTerminal: boolean;
  /** Calls back at the first SIGINT, SIGTERM or SIGHUP; returns what takes the callback off again. */
  onInterrupt(callback: () => void): () => void;
};
