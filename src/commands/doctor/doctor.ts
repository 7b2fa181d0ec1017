import { callOf } from "../../config/call.ts";
import type { Flags } from "../../config/flags.ts";
import { doctorSummaryLine, type Finding, findingLine } from "../../report/doctor-lines.ts";
import { doctorSections, doctorVerdict } from "../../report/doctor-text.ts";
import type { World } from "../world.ts";
import { checkConfiguration } from "./configuration.ts";
import { checkCorpus } from "./corpus.ts";
import { checkDatabase } from "./database.ts";
import { checkDirectories } from "./directories.ts";
import { checkEmbedder } from "./embedder.ts";
import { checkEnvironment } from "./environment.ts";
import type { Look } from "./finding.ts";
import { checkLeftovers } from "./leftovers.ts";
import { checkSources } from "./sources.ts";

const EXIT_PROBLEM = 1;

/** Says what a run would meet, and what mends it; changes nothing. Exit code 1 when something would stop a run. */
export async function doctor(flags: Flags, world: World): Promise<number> {
  const look = lookOf(flags, world);
  const findings: Finding[] = [];
  const tell = (found: readonly Finding[]) => {
    findings.push(...found);
    const shown = flags.quiet ? found.filter(({ state }) => state === "warning" || state === "problem") : found;
    if (flags.json) return world.stdout.write(shown.map(findingLine).join(""));
    world.stdout.write(doctorSections(shown, world.stdout.columns));
  };
  await examine(look, tell, { all: (flags.verbose ?? false) || (flags.json ?? false) });
  const exitCode = findings.some(({ state }) => state === "problem") ? EXIT_PROBLEM : 0;
  if (flags.json) world.stdout.write(doctorSummaryLine(findings, exitCode));
  else if (!flags.quiet || exitCode !== 0) world.stdout.write(doctorVerdict(findings, world.stdout.columns));
  return exitCode;
}

/** What checks go by. */
export function lookOf(flags: Flags, world: World): Look {
  return { flags, world, call: callOf(world.program, flags) };
}

/** All checks one after the other; what is found is told as soon as it is known. `all`: also the settings that nobody has set. */
async function examine(
  look: Look,
  tell: (findings: readonly Finding[]) => void,
  { all }: { readonly all: boolean },
): Promise<void> {
  const { findings, loaded, database } = checkConfiguration(look, { all });
  tell(findings);
  tell(checkEnvironment(look));
  const { findings: ofSources, listed, entries } = await checkSources(look, loaded);
  tell(ofSources);
  if (loaded === undefined) return;
  tell(await checkDirectories(look, { loaded, database, entries }));
  const names = (listed ?? []).map(({ name }) => name);
  const { findings: ofDatabase, opened } =
    database === undefined ? NOT_ASKED : await checkDatabase(look, database, names);
  tell(ofDatabase);
  if (opened !== undefined) tell(checkCorpus(look, opened, { loaded, listed }));
  const { longest, mark } = opened?.health?.corpus ?? {};
  tell(await checkEmbedder(look, { loaded, longest, mark }));
  tell(await checkLeftovers(look, loaded));
}

const NOT_ASKED = { findings: [], opened: undefined };
