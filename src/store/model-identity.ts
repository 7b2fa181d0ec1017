import { hasModel, modelNames } from "../embed/registry.ts";
import { type Call, fatalError } from "../flow/errors.ts";
import type { ModelMark } from "../embed/embedder.ts";
import { shellWord } from "../text/shell-word.ts";
import type { CorpusState, ModelIdentity } from "./store.ts";

/** Two servers with the same model, or two runs on one, differ in the last bits; another model by far more. */
const SAME_MODEL_COSINE_MIN = 0.999;

/** One model per corpus: throws a `fatal` error when the corpus was made with another one than is `wanted`. */
export function requireSameModel(
  { kind, identity, dimensions }: CorpusState,
  wanted: ModelIdentity,
  description: string,
): void {
  // An adoptable table tells no more than its dimensions; nobody put anything before its texts.
  const stored = identity ?? { ...wanted, dimensions: dimensions ?? wanted.dimensions, documentPrefix: undefined };
  if (kind === "none" || sameIdentity(stored, wanted)) return;
  const prefixes = !samePrefix(stored, wanted);
  const made = identity === undefined ? `vectors of ${details(stored, prefixes)}` : named(identity, prefixes);
  throw fatalError(
    "model_mismatch",
    `the corpus in ${description} was made with ${made}; this run would use ${named(wanted, prefixes)}`,
    (call) =>
      `use ${sameModel(stored, wanted) ? `the prefix of the corpus (${setting(stored)})` : "the model of the corpus"}, ` +
      `or embed everything again with this one:\n${again(call, wanted, ["--clean"])}` +
      (identity !== undefined && hasModel(identity)
        ? `\nto go on with the model of the corpus:\n${prefixes ? variable(identity) : ""}${again(call, identity, [])}`
        : ""),
  );
}

/** Whether a corpus is from before there were prefixes, so that its model's documents go on without one. */
export function knowsNoPrefix({ kind, identity }: CorpusState, wanted: ModelIdentity): boolean {
  if (kind === "none") return false;
  return identity === undefined || (identity.documentPrefix === undefined && sameModel(identity, wanted));
}

function again(call: Call, { provider, model, dimensions }: ModelIdentity, mode: readonly string[]): string {
  const words = [...mode, "--embedder", provider, `--model=${model}`, "--dimensions", String(dimensions)];
  return call.again(words, { without: mode.length === 0 ? [] : ["--source"] });
}

/** Whether vectors of the two may stand in one corpus. */
export function sameIdentity(one: ModelIdentity | undefined, other: ModelIdentity): boolean {
  return one !== undefined && sameModel(one, other) && samePrefix(one, other);
}

function sameModel(one: ModelIdentity, other: ModelIdentity): boolean {
  if (one.provider !== other.provider || one.dimensions !== other.dimensions) return false;
  return modelNames(other.provider, other.model).includes(one.model);
}

function samePrefix({ documentPrefix: one = "" }: ModelIdentity, { documentPrefix: other = "" }: ModelIdentity) {
  return one === other;
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

/** `ollama nomic-embed-text (768 dimensions, document prefix "search_document: ")`; without a prefix there is none to say. */
export function identityText(identity: ModelIdentity): string {
  return named(identity, (identity.documentPrefix ?? "") !== "");
}

function named(identity: ModelIdentity, withPrefix: boolean): string {
  return `${identity.provider} ${identity.model} (${details(identity, withPrefix)})`;
}

function details({ dimensions, documentPrefix = "" }: ModelIdentity, withPrefix: boolean): string {
  const prefix = documentPrefix === "" ? "no document prefix" : `document prefix ${JSON.stringify(documentPrefix)}`;
  return `${dimensions} dimensions${withPrefix ? `, ${prefix}` : ""}`;
}

/** Before a command it counts wherever else the prefix is set. */
function variable({ documentPrefix = "" }: ModelIdentity): string {
  return `BBJ_RAG_EMBEDDING_DOCUMENT_PREFIX=${shellWord(documentPrefix)} `;
}

/** In the form of `config.toml`, where blanks at the end are to be seen. */
function setting({ documentPrefix = "" }: ModelIdentity): string {
  return `embedding_document_prefix = ${JSON.stringify(documentPrefix)}`;
}
