import { NO_PROMPTS } from "../config/flag-rules.ts";
import type { Flags } from "../config/flags.ts";
import { unknownOf } from "../config/nearest.ts";
import { problemsError } from "../config/problems.ts";
import { usageError } from "../flow/errors.ts";
import { jsonLine } from "../report/json.ts";
import type { Store } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import { plural } from "../text/words.ts";
import { comparedSources } from "./compared-sources.ts";
import { modelOf, readCorpus } from "./corpus.ts";
import { EXIT_CANCELLED, loadPrompts } from "./prompts.ts";
import type { World } from "./world.ts";

/** Removes sources from the corpus, with all that is stored of them. Exit code 130 when the user does not agree: then nothing was changed. */
export async function remove(flags: Flags, names: readonly string[], world: World): Promise<number> {
  const listed = new Set(comparedSources(flags, world).map(({ name }) => name));
  let exitCode = 0;
  const work = async (store: Store) => {
    const identity = await modelOf(store);
    const counts = await store.documentCounts();
    const unknown = names.filter((name) => !counts.has(name));
    if (unknown.length > 0) throw unknownSources(unknown, { known: [...counts.keys()], listed, store });
    if (!(await mayRemove(flags, names, world, { store, counts }))) {
      exitCode = EXIT_CANCELLED;
      return;
    }
    await store.lock(names, { exclusive: false });
    await store.prepare(identity);
    for (const source of new Set(names)) {
      const sourceUrls = [...(await store.loadSource(source)).documents.keys()];
      const chunks = await store.removeDocuments(source, sourceUrls);
      await store.forgetRuns(source);
      const removed = { source, documents: sourceUrls.length, chunks };
      const text = flags.quiet ? "" : removedText(removed, store.description, listed.has(source));
      world.stdout.write(flags.json ? jsonLine({ type: "removed", ...removed }) : text);
    }
  };
  await readCorpus(flags, world, work, { readsOnly: false });
  return exitCode;
}

type Found = { readonly store: Store; readonly counts: ReadonlyMap<string, number> };

/** Asks on a terminal; elsewhere `--yes` must have been said. */
async function mayRemove(
  { yes, json }: Flags,
  names: readonly string[],
  { interactiveTerminal }: World,
  { store, counts }: Found,
): Promise<boolean> {
  if (yes) return true;
  if (json || !interactiveTerminal) {
    throw usageError(
      `remove asks before it removes, and ${NO_PROMPTS}`,
      (call) => `if it is right: ${call.again(["remove", "--yes", "--", ...names])}`,
    );
  }
  const clack = await loadPrompts();
  const what = names.map((name) => `${printable(name)} (${plural(counts.get(name) ?? 0, "document")})`);
  const answer = await clack.confirm({
    message: `Remove ${what.join(", ")} from ${printable(store.description)}?`,
    initialValue: false,
  });
  if (answer === true) return true;
  clack.cancel("Cancelled; nothing was changed.");
  return false;
}

type Known = { readonly known: readonly string[]; readonly listed: ReadonlySet<string>; readonly store: Store };

function unknownSources(unknown: readonly string[], { known, listed, store: { description } }: Known) {
  const problems = unknown.map((name) =>
    listed.has(name)
      ? `${description}: source "${name}" has nothing in the corpus`
      : `${description}: ${unknownOf("source", name, known)}`,
  );
  return problemsError("remove", problems);
}

type Removed = { readonly source: string; readonly documents: number; readonly chunks: number };

function removedText({ source, documents, chunks }: Removed, description: string, isListed: boolean): string {
  const what = `${plural(documents, "document")}, ${plural(chunks, "chunk")}`;
  const back = isListed ? "It is in the sources file: the next run brings it back.\n" : "";
  return `Removed ${printable(source)} from ${printable(description)}: ${what}.\n${back}`;
}
