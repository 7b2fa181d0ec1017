import { modelNames } from "../embed/registry.ts";
import { fatalError } from "../flow/errors.ts";
import type { CorpusState, ModelIdentity } from "./store.ts";

/** One model per corpus: throws a `fatal` error when the corpus was made with another one than is `wanted`. */
export function requireSameModel(
  { kind, identity, dimensions }: CorpusState,
  wanted: ModelIdentity,
  description: string,
): void {
  // An adoptable table tells no more than its dimensions.
  if (kind === "none" || (identity === undefined ? dimensions === wanted.dimensions : sameIdentity(identity, wanted))) {
    return;
  }
  const stored = identity === undefined ? `vectors of ${dimensions} dimensions` : named(identity);
  throw fatalError(
    "model_mismatch",
    `the corpus in ${description} was made with ${stored}; this run would use ${named(wanted)}`,
    "use the model of the corpus, or embed everything again with this one:\n" +
      `bbj-ingest-all --clean --embedder ${wanted.provider} --model ${wanted.model} --dimensions ${wanted.dimensions}`,
  );
}

/** Whether vectors of the two may stand in one corpus. */
export function sameIdentity(one: ModelIdentity | undefined, other: ModelIdentity): boolean {
  if (one?.provider !== other.provider || one.dimensions !== other.dimensions) return false;
  return modelNames(other.provider, other.model).includes(one.model);
}

function named({ provider, model, dimensions }: ModelIdentity): string {
  return `${provider} ${model} (${dimensions} dimensions)`;
}
