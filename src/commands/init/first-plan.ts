import { callOf } from "../../config/call.ts";
import { isSet, loadSettings } from "../../config/settings.ts";
import { createEmbedder, hasModel } from "../../embed/registry.ts";
import { checkModel } from "../doctor/corpus.ts";
import type { Finding } from "../doctor/finding.ts";
import { type TriedDatabase, tryDatabase, withDatabase } from "./ask-database.ts";
import { choicesOf, withChoices } from "./choices.ts";
import type { Asked } from "./run-flags.ts";
import { type TriedEmbedder, tryEmbedder } from "./try-embedder.ts";

/** What needs nothing, where nothing is chosen and the usual server is not there. */
const ELSE = "builtin";
/** Settings that choose an embedder. */
const CHOOSING = ["embedding_provider", "embedding_model", "embedding_dimensions", "ollama_host"];

/** Where it goes and who embeds it, tried. */
export type TriedPlan = {
  readonly database: TriedDatabase;
  readonly embedder: TriedEmbedder;
  /** What does not work, and was to be used. */
  readonly instead?: TriedEmbedder | undefined;
};

type Trying = {
  /** Called with what is tried by now. */
  readonly onStep?: (what: string) => void;
};

/** What the settings name, or what works where they name nothing. */
export async function firstPlan(asked: Asked, { onStep }: Trying = {}): Promise<TriedPlan> {
  const { flags, world } = asked;
  const database = await tryDatabase(withDatabase(choicesOf(flags), flags, world), flags, world);
  const { settings } = loadSettings({ flags: withChoices(flags, database.choices), env: world.env, cwd: world.cwd });
  onStep?.(`looking for an embedder: ${createEmbedder(settings.embedder).place}`);
  return { database, ...(await firstEmbedder(database, asked)) };
}

/**
 * The embedder that the settings name; where nobody has set any, the one that the corpus there was made with, and else one
 * that needs nothing, if the usual one does not work.
 */
async function firstEmbedder(
  { choices, opened }: TriedDatabase,
  { flags, world }: Asked,
): Promise<Omit<TriedPlan, "database">> {
  const usual = await tryEmbedder(choices, flags, world);
  if (CHOOSING.some((key) => isSet(key, usual.loaded))) return { embedder: usual };
  const made = opened?.corpus.identity;
  if (made !== undefined && hasModel(made)) {
    const { provider, model, dimensions } = made;
    const same = { embedding_provider: provider, embedding_model: model, embedding_dimensions: dimensions };
    return { embedder: await tryEmbedder({ ...choices, ...same }, flags, world) };
  }
  if (usual.problem === undefined) return { embedder: usual };
  return { embedder: await tryEmbedder({ ...choices, embedding_provider: ELSE }, flags, world), instead: usual };
}

/** What keeps a run from being like that, the first thing first. */
export function problemsOf({ database, embedder }: TriedPlan, asked: Asked): Finding[] {
  return [database.problem, embedder.problem, modelProblem(database, embedder, asked)].filter(
    (problem) => problem !== undefined,
  );
}

/** What keeps a run from embedding into the corpus that is there; undefined: nothing does. */
function modelProblem(
  { opened }: TriedDatabase,
  { loaded }: TriedEmbedder,
  { flags, world }: Asked,
): Finding | undefined {
  if (opened === undefined || opened.corpus.kind === "none") return undefined;
  const finding = checkModel({ flags, world, call: callOf(world.program, flags) }, opened, { loaded });
  if (finding.state !== "problem") return undefined;
  const { area, what, state, detail } = finding;
  return { area, what, state, detail, hint: "choose that embedder, or another database" };
}
