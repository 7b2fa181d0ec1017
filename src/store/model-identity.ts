import { modelNames } from "../embed/registry.ts";
import { type Call, fatalError } from "../flow/errors.ts";
import type { ModelMark } from "../embed/embedder.ts";
import type { CorpusState, ModelIdentity } from "./store.ts";

/** Two servers with the same model, or two runs on one, differ in the last bits; another model by far more. */
const SAME_MODEL_COSINE_MIN = 0.999;

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

/**
 * Whether two marks are of one model: by the digest where the server tells it, else by the vector of one text. What has
 * no mark, from before there were any, is believed.
 */
export function sameMark(one: ModelMark | undefined, other: ModelMark | undefined): boolean {
  if (one === undefined || other === undefined) return true;
  if (one.digest !== undefined && other.digest !== undefined) return one.digest === other.digest;
  if (one.probe.length === 0 && other.probe.length === 0) return true;
  return one.probe.length === other.probe.length && cosine(one.probe, other.probe) >= SAME_MODEL_COSINE_MIN;
}

function cosine(one: readonly number[], other: readonly number[]): number {
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, index) => sum + x * (b[index] ?? 0), 0);
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
}

function named({ provider, model, dimensions }: ModelIdentity): string {
  return `${provider} ${model} (${dimensions} dimensions)`;
}
