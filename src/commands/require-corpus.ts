import type { Flags } from "../config/flags.ts";
import { unknownOf } from "../config/nearest.ts";
import { problemsError } from "../config/problems.ts";
import { type Hint, usageError } from "../flow/errors.ts";
import { identityText, sameIdentity } from "../store/model-identity.ts";
import type { Filter, Share, Store } from "../store/store.ts";
import { comparedSources } from "./compared-sources.ts";
import { ingestOf } from "./corpus-head.ts";
import { modelOf } from "./corpus.ts";
import type { World } from "./world.ts";

/** Throws a usage error when the corpus is of another model than flags name, or has no chunk of what they narrow it to. */
export async function requireCorpusOf(store: Store, flags: Flags, world: World): Promise<void> {
  const { source: [source] = [], generation, docType } = flags;
  const identity = await modelOf(store);
  const { embedder: provider = identity.provider, model = identity.model, dimensions = identity.dimensions } = flags;
  if (!sameIdentity(identity, { ...identity, provider, model, dimensions })) {
    const hint = "leave out --embedder, --model and --dimensions: the corpus knows them";
    throw usageError(
      `the corpus in ${store.description} was made with ${identityText(identity)}; questions are embedded with that`,
      hint,
    );
  }
  const isListed = (name: string) => comparedSources(flags, world).some((listed) => listed.name === name);
  await requireFilter(store, { source, generation, docType }, isListed);
}

type Narrowed = Pick<Filter, "source" | "generation" | "docType">;

/** Throws a usage error when no chunk of the corpus has what `filter` asks for. `isListed`: of a source that has none yet. */
export async function requireFilter(
  store: Store,
  { source, generation, docType }: Narrowed,
  isListed: (source: string) => boolean = () => false,
): Promise<void> {
  const isEmpty = async (of: Filter) =>
    Object.values(of).some((value) => value !== undefined) && !(await store.hasChunks(of));
  const noSource = await isEmpty({ source });
  const noGeneration = await isEmpty({ generation });
  const noDocType = await isEmpty({ docType });
  if (!noSource && !noGeneration && !noDocType) return;
  const { bySource, byGeneration, byDocType } = await store.statistics();
  // What was adopted has no source yet.
  const names = (shares: readonly Share[]) => shares.flatMap(({ name }) => (name === "" ? [] : [name]));
  const isYetEmpty = noSource && isListed(source ?? "");
  const problems = [
    ...(isYetEmpty ? [`source "${source}" has no chunks yet`] : []),
    ...(noSource && !isYetEmpty ? [unknownOf("source", source ?? "", names(bySource))] : []),
    ...(noGeneration ? [unknownOf("generation", generation ?? "", names(byGeneration))] : []),
    ...(noDocType ? [unknownOf("document type", docType ?? "", names(byDocType))] : []),
  ];
  const hint: Hint = (call) => `ingest it: ${ingestOf(source ?? "", call)}`;
  throw problemsError(store.description, problems, isYetEmpty ? hint : undefined);
}
