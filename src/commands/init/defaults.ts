import { DEFAULT } from "../../config/settings.ts";
import { callOf } from "../../config/call.ts";
import { hasModel } from "../../embed/registry.ts";
import { checkModel } from "../doctor/corpus.ts";
import type { Finding } from "../doctor/finding.ts";
import type { TriedDatabase } from "./ask-database.ts";
import type { Choices } from "./choices.ts";
import type { Asked } from "./run-flags.ts";
import { type TriedEmbedder, tryEmbedder } from "./try-embedder.ts";

/** What needs nothing, where nothing is chosen and the usual server is not there. */
const ELSE = "builtin";
/** Settings that choose an embedder. */
const CHOOSING = ["embedding_provider", "embedding_model", "embedding_dimensions", "ollama_host"];

/** The embedder to begin with, and why it is another one than the settings name. */
export type FirstEmbedder = { readonly tried: TriedEmbedder; readonly instead?: TriedEmbedder };

/**
 * The embedder that the settings name; where nobody has set any, the one that the corpus there was made with, and else one
 * that needs nothing, if the usual one does not work.
 */
export async function firstEmbedder(
  choices: Choices,
  { opened }: Pick<TriedDatabase, "opened">,
  { flags, world }: Pick<Asked, "flags" | "world">,
): Promise<FirstEmbedder> {
  const tried = await tryEmbedder(choices, flags, world);
  const isChosen = CHOOSING.some((key) => (tried.loaded.origins.get(key)?.name ?? DEFAULT) !== DEFAULT);
  if (isChosen) return { tried };
  const made = opened?.corpus.identity;
  if (made !== undefined && hasModel(made)) {
    const { provider, model, dimensions } = made;
    const same = { embedding_provider: provider, embedding_model: model, embedding_dimensions: dimensions };
    return { tried: await tryEmbedder({ ...choices, ...same }, flags, world) };
  }
  if (tried.problem === undefined) return { tried };
  return { tried: await tryEmbedder({ ...choices, embedding_provider: ELSE }, flags, world), instead: tried };
}

/** What keeps a run from embedding into the corpus that is there; undefined: nothing does. */
export function modelProblem(
  { opened }: Pick<TriedDatabase, "opened">,
  { loaded }: TriedEmbedder,
  { flags, world }: Pick<Asked, "flags" | "world">,
): Finding | undefined {
  if (opened === undefined || opened.corpus.kind === "none") return undefined;
  const finding = checkModel({ flags, world, call: callOf(world.program, flags) }, opened, { loaded });
  if (finding.state !== "problem") return undefined;
  const { area, what, state, detail } = finding;
  return { area, what, state, detail, hint: "choose that embedder, or another database" };
}
