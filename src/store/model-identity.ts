import { modelNames } from "../embed/registry.ts";
import { type Call, fatalError } from "../flow/errors.ts";
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
    (call) =>
      `use the model of the corpus, or embed everything again with this one:\n${again(call, wanted, ["--clean"])}` +
      // All sources have one model; what was to be done with some of them is done with theirs.
      (identity !== undefined && call.has("--source")
        ? `\nfor these sources only, with the model of the corpus:\n${again(call, identity, [])}`
        : ""),
  );
}

function again(call: Call, { provider, model, dimensions }: ModelIdentity, mode: readonly string[]): string {
  const words = [...mode, "--embedder", provider, `--model=${model}`, "--dimensions", String(dimensions)];
  return call.again(words, { without: mode.length === 0 ? [] : ["--source"] });
}

/** Whether vectors of the two may stand in one corpus. */
export function sameIdentity(one: ModelIdentity | undefined, other: ModelIdentity): boolean {
  if (one?.provider !== other.provider || one.dimensions !== other.dimensions) return false;
  return modelNames(other.provider, other.model).includes(one.model);
}

function named({ provider, model, dimensions }: ModelIdentity): string {
  return `${provider} ${model} (${dimensions} dimensions)`;
}
