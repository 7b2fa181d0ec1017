import { DEFAULT } from "../../config/settings.ts";
import type { Flags } from "../../config/flags.ts";
import type { World } from "../world.ts";
import type { Choices } from "./choices.ts";
import { type TriedEmbedder, tryEmbedder } from "./try-embedder.ts";

/** What needs nothing, where nothing is chosen and the usual server is not there. */
const ELSE = "builtin";
/** Settings that choose an embedder. */
const CHOOSING = ["embedding_provider", "embedding_model", "embedding_dimensions", "ollama_host"];

/** The embedder to begin with, and why it is another one than the settings name. */
export type FirstEmbedder = { readonly tried: TriedEmbedder; readonly instead?: TriedEmbedder };

/** The embedder that the settings name; where nobody has set any, and it does not work, one that needs nothing. */
export async function firstEmbedder(choices: Choices, flags: Flags, world: World): Promise<FirstEmbedder> {
  const tried = await tryEmbedder(choices, flags, world);
  const isChosen = CHOOSING.some((key) => (tried.loaded.origins.get(key)?.name ?? DEFAULT) !== DEFAULT);
  if (tried.problem === undefined || isChosen) return { tried };
  return { tried: await tryEmbedder({ ...choices, embedding_provider: ELSE }, flags, world), instead: tried };
}
