import type { Command } from "./commands.ts";
import type { FlagKey } from "./flag-table.ts";

/** Why nothing can be asked. */
export const NO_PROMPTS =
  "this is no terminal to ask on: it takes one for stdin and stdout, a TERM other than dumb, and no CI in the environment";

/** Flags that mean nothing without another one, of one command; those that others need come first. */
export const NEEDS: readonly { readonly of: Command; readonly flag: FlagKey; readonly needs: FlagKey }[] = [
  { of: "ingest", flag: "eval", needs: "clean" },
  { of: "ingest", flag: "k", needs: "eval" },
  { of: "ingest", flag: "min", needs: "eval" },
  { of: "ingest", flag: "baseline", needs: "eval" },
  { of: "ingest", flag: "tolerance", needs: "eval" },
  { of: "ingest", flag: "mode", needs: "eval" },
  { of: "mcp", flag: "host", needs: "http" },
  { of: "mcp", flag: "allowHost", needs: "http" },
  { of: "eval", flag: "seed", needs: "generate" },
  { of: "eval", flag: "tolerance", needs: "baseline" },
  { of: "eval", flag: "updateBaseline", needs: "baseline" },
];

/** Flags that contradict each other, and why; `unless` another one is there. */
export const CONFLICTS: readonly (readonly [FlagKey, FlagKey, string, { readonly unless: FlagKey }?])[] = [
  ["clean", "retryFailed", "--clean embeds everything again, the failed chunks included"],
  ["clean", "resume", "an interrupted --clean goes on by itself when it is run again"],
  ["generate", "baseline", "a baseline is of questions that are kept; make them first"],
  ["eval", "source", "a --clean of some sources swaps nothing in"],
  ["clean", "dryRun", "with --clean everything would be embedded"],
  ["retryFailed", "resume", "--retry-failed does only what the failure log names"],
  ["maxDelete", "retryFailed", "--retry-failed removes no document"],
  ["sequential", "workers", "--sequential has one worker"],
  ["full", "quiet", "--quiet shows no documents"],
  [
    ...(["clean", "shard"] as const),
    "a rebuild is swapped in whole, by one run; with --source it embeds those sources again in parts, and a new database can be loaded in parts",
    { unless: "source" },
  ],
  ["interactive", "shard", "the prompts are of one run"],
  ["interactive", "clean", "the prompts ask what is to be done"],
  ["interactive", "retryFailed", "the prompts ask what is to be done"],
  ["interactive", "resume", "the prompts ask what is to be done"],
  ["verbose", "quiet", "they ask for opposites"],
  ["warnings", "quiet", "--quiet names what failed only"],
  ["json", "interactive", "prompts would stand among the JSON"],
];
