import type { Command } from "../../config/commands.ts";

type ExitCode = {
  readonly code: number;
  readonly meaning: string;
  /** Left out: of all commands that have no line of their own. */
  readonly of?: readonly Command[];
};

/** Every exit code; a command that means something else by one has a line of its own. */
export const EXIT_CODES: readonly ExitCode[] = [
  { code: 0, meaning: "done" },
  { code: 0, meaning: "everything is stored", of: ["init", "ingest"] },
  { code: 0, meaning: "nothing would stop a run", of: ["doctor"] },
  { code: 1, meaning: "something failed or could not be read; it is said what" },
  {
    ...{ code: 1, of: ["ingest", "eval"] },
    meaning: "something failed or could not be read, or a figure is below its floor or the baseline; it is said what",
  },
  { code: 1, meaning: "something would stop a run; it is said what, and what mends it", of: ["doctor"] },
  { code: 2, meaning: "could not start; nothing was changed" },
  { code: 130, meaning: "interrupted, or cancelled at a prompt" },
];

/** What a command's exit codes mean, one line each. */
export function exitCodesOf(command: Command): readonly ExitCode[] {
  const own = EXIT_CODES.filter(({ of }) => of?.includes(command));
  return EXIT_CODES.filter(({ code, of }) => of === undefined && !own.some((one) => one.code === code))
    .concat(own)
    .toSorted((one, other) => one.code - other.code);
}

/** Whose exit code it is, where all are told of. */
export function exitCodeText({ meaning, of }: ExitCode): string {
  return of === undefined ? meaning : `of ${of.join(" and ")}: ${meaning}`;
}
