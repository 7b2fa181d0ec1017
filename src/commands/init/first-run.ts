import { callOf } from "../../config/call.ts";
import { isSet } from "../../config/settings.ts";
import { IngestError, messageOf } from "../../flow/errors.ts";
import { printable } from "../../text/printable.ts";
import { askQuestion, someTitle } from "../ask-question.ts";
import { chooseSources } from "../choose-sources.ts";
import { chooseWorkers } from "../choose-workers.ts";
import { bestInFlight } from "../doctor/throughput.ts";
import { measureEmbedder } from "../measure-embedder.ts";
import { Cancelled, EXIT_CANCELLED, prompting, type Prompts } from "../prompts.ts";
import { waitingFor } from "../waiting.ts";
import { askFolder } from "./ask-folder.ts";
import { askPlan, type Plan } from "./ask-plan.ts";
import { firstPlan } from "./first-plan.ts";
import type { FoundFolder } from "./folder.ts";
import { type Asked, runFlags } from "./run-flags.ts";
import { aboutSource, ignoredText } from "./texts.ts";
import { writeFiles } from "./write-files.ts";

/** The first run, asked step by step: the folder, its sources, the plan, the workers; then the run, and a first question. */
export async function firstRun(asked: Asked): Promise<number> {
  return prompting(async (clack) => {
    const { folder, chosen } = await sourcesOf(asked, clack);
    let at = "looking into the database";
    const trying = firstPlan(asked, {
      onStep(what) {
        at = what;
      },
    });
    const plan = await askPlan(await waitingFor(() => at, trying, asked.world), {
      ...{ clack, asked },
      files: chosen.reduce(
        (sum, name) => sum + (folder?.sources.find((source) => source.name === name)?.files ?? 0),
        0,
      ),
    });
    const workers = plan.runs ? await workersOf(plan, asked, clack) : undefined;
    const choices = { ...plan.choices, ...(workers === undefined ? {} : { ingest_workers: workers }) };
    for (const line of await writeFiles(asked.files, { folder, chosen, choices })) clack.log.step(printable(line));
    const flags = runFlags(asked, choices, folder?.path);
    if (!plan.runs) {
      clack.outro("Run it whenever you like.");
      return 0;
    }
    clack.outro("Here it goes.");
    const exitCode = await asked.run(flags);
    asked.world.stdout.write(`\nThe same without prompts:\n  ${callOf(asked.world.program, flags).again([])}\n`);
    if (exitCode !== EXIT_CANCELLED) await firstQuestion(clack, flags, asked);
    return exitCode;
  });
}

type Chosen = { readonly folder: FoundFolder | undefined; readonly chosen: readonly string[] };

/** The folder of the documents, and which of its sources are to run; nothing where the sources file is there. */
async function sourcesOf(asked: Asked, clack: Prompts): Promise<Chosen> {
  const { files, path } = asked;
  if (files.sources.isThere) {
    clack.log.step(`${printable(files.sources.label)} is there already, and is kept as it is`);
    if (path !== undefined) clack.log.warn(printable(ignoredText(path, files.sources.label)));
    return { folder: undefined, chosen: [] };
  }
  const folder = await askFolder(asked, clack);
  const names = folder.sources.map(({ name }) => name);
  const offered = folder.sources.map((source) => ({ name: source.name, about: aboutSource(source) }));
  return { folder, chosen: await chooseSources(clack, offered, names, asked.world) };
}

async function workersOf({ loaded }: Plan, { world }: Asked, clack: Prompts): Promise<number> {
  const { ingest_workers: set, ingest_max_workers: most } = loaded.settings;
  const rates = await waitingFor(() => "measuring the embedder", measureEmbedder(loaded, world), world);
  // What more than the best win is what the user may try; what they lose is not offered.
  const workers = isSet("ingest_workers", loaded) || rates.length < 2 ? set : Math.min(set, bestInFlight(rates));
  return chooseWorkers(clack, { workers, most, rates, columns: world.stdout.columns });
}

/** What was stored is stored, whatever becomes of the question. */
async function firstQuestion(clack: Prompts, flags: Parameters<Asked["run"]>[0], { world }: Asked): Promise<void> {
  try {
    const proposed = await waitingFor(() => "opening the corpus", someTitle(flags, world), world);
    await askQuestion(clack, flags, world, { message: "Ask it something (Esc: not now)", proposed });
  } catch (error) {
    if (error instanceof Cancelled) return;
    if (!(error instanceof IngestError)) throw error;
    clack.log.error(printable(messageOf(error)));
  }
}
