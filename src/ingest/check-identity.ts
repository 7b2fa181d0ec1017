import { IngestError } from "../flow/errors.ts";
import type { CorpusState, ModelIdentity } from "../store/store.ts";

/** One model per corpus: throws when this run's is another than the stored one. A rebuild may change it. */
export function checkIdentity(state: CorpusState, wanted: ModelIdentity, options: { readonly rebuild: boolean }): void {
  if (options.rebuild) return;
  const { identity, dimensions } = state;
  const same =
    identity === undefined
      ? dimensions === undefined || dimensions === wanted.dimensions
      : identity.provider === wanted.provider &&
        identity.model === wanted.model &&
        identity.dimensions === wanted.dimensions;
  if (same) return;
  const stored = identity === undefined ? `vectors of ${dimensions} dimensions` : named(identity);
  throw new IngestError(`the corpus was made with ${stored}; this run would use ${named(wanted)}`, {
    decision: "fatal",
    code: "model_mismatch",
    hint:
      "use the model of the corpus, or embed everything again with this one:\n" +
      `bbj-ingest-all --clean --embedder ${wanted.provider}${wanted.provider === "builtin" ? "" : ` --model ${wanted.model}`} --dimensions ${wanted.dimensions}`,
  });
}

function named({ provider, model, dimensions }: ModelIdentity): string {
  return `${provider} ${model} (${dimensions} dimensions)`;
}
