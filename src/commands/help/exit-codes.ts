import type { Command } from "../../config/commands.ts";

type ExitCode = {
  readonly code: number;
  readonly meaning: string;
  /** Left out: of all commands. */
  readonly of?: readonly Command[];
};

/** Every exit code; a command that means more by one has a line of its own. */
export const EXIT_CODES: readonly ExitCode[] = [
  { code: 0, meaning: "done; of a run: everything is stored" },
  { code: 1, meaning: "something failed or could not be read; it is said what" },
  { code: 1, meaning: "a figure is below its floor or the baseline", of: ["ingest", "eval"] },
  { code: 1, meaning: "something would stop a run", of: ["doctor"] },
  { code: 2, meaning: "could not start; nothing was changed" },
  { code: 130, meaning: "interrupted, or cancelled at a prompt" },
];
