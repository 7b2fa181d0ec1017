import type { Flags } from "../config/flags.ts";
import { unknownOf } from "../config/nearest.ts";
import { problemsError } from "../config/problems.ts";
import type { Hint } from "../flow/errors.ts";
import { ADOPTED_NAME, documentLine, sourceTable } from "../report/contents-text.ts";
import { jsonLine } from "../report/json.ts";
import type { SourceContents, Store } from "../store/store.ts";
import { comparedSources } from "./compared-sources.ts";
import { ingestOf } from "./corpus-head.ts";
import { modelOf, readCorpus } from "./corpus.ts";
import type { World } from "./world.ts";

/** Lists the sources of the corpus; of those that are named, their documents. */
export async function ls(flags: Flags, names: readonly string[], world: World): Promise<number> {
  await readCorpus(flags, world, async (store) => {
    await modelOf(store);
    if (names.length === 0) return listAll(await store.contents.sources(), flags, world);
    const known = [...(await store.documentCounts()).keys()];
    const isAdopted = (name: string) => name === ADOPTED_NAME && !known.includes(name);
    const hasAdopted = names.some(isAdopted) && (await store.contents.sources()).some(({ source }) => source === "");
    requireKnown(names, [...known, ...(hasAdopted ? [ADOPTED_NAME] : [])], { store, flags, world });
    for (const name of new Set(names))
      if (!(await listDocuments(store, isAdopted(name) ? "" : name, flags, world))) return;
  });
  return 0;
}

function listAll(sources: readonly SourceContents[], { json }: Flags, { stdout }: World): void {
  const lines = sources.map(({ source, documents, incomplete, chunks, bytes }) =>
    jsonLine({ type: "source", source, documents, incomplete, chunks, bytes }),
  );
  stdout.write(json ? lines.join("") : sourceTable(sources, stdout.columns));
}

/** False when nobody reads any more. */
async function listDocuments(store: Store, source: string, { json }: Flags, { stdout }: World): Promise<boolean> {
  for await (const page of store.contents.documents(source)) {
    const line = json
      ? (document: (typeof page)[number]) => jsonLine({ type: "document", ...document })
      : (document: (typeof page)[number]) => documentLine(document, stdout.columns);
    stdout.write(page.map(line).join(""));
    if ((await stdout.taken?.()) === false) return false;
  }
  return true;
}

type Asked = { readonly store: Store; readonly flags: Flags; readonly world: World };

function requireKnown(names: readonly string[], known: readonly string[], { store, flags, world }: Asked): void {
  const unknown = names.filter((name) => !known.includes(name));
  const [first = ""] = unknown;
  if (unknown.length === 0) return;
  const listed = new Set(comparedSources(flags, world).map(({ name }) => name));
  const problems = unknown.map((name) =>
    listed.has(name) ? `source "${name}" has nothing in the corpus yet` : unknownOf("source", name, known),
  );
  const hint: Hint = (call) => `ingest it: ${ingestOf(first, call)}`;
  throw problemsError(store.description, problems, unknown.length === 1 && listed.has(first) ? hint : undefined);
}
