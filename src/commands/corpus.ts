import { chooseDatabase } from "../config/database-choice.ts";
import type { Flags } from "../config/flags.ts";
import { loadSettings, type Settings } from "../config/settings.ts";
import { IngestError } from "../flow/errors.ts";
import { openStore } from "../store/open-store.ts";
import type { ModelIdentity, Store } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import type { World } from "./world.ts";

/** Opens the corpus that a command reads, and closes it when `read` is done. */
export async function readCorpus(
  flags: Flags,
  { env, cwd, stderr }: World,
  read: (store: Store, settings: Settings) => Promise<void>,
): Promise<void> {
  const { settings, origins, warnings } = loadSettings({ flags, env, cwd });
  for (const warning of warnings) if (!flags.quiet) stderr.write(`warning: ${printable(warning)}\n`);
  const store = await openStore(chooseDatabase(settings, origins, cwd));
  try {
    await read(store, settings);
  } finally {
    await store.close();
  }
}

/** The model a corpus was made with. Throws when the database has none that can be read. */
export async function modelOf(store: Store): Promise<ModelIdentity> {
  const { kind, identity } = await store.inspect();
  if (identity !== undefined) return identity;
  const adopted = kind === "adoptable" ? " that an ingest has adopted" : "";
  throw new IngestError(`there is no corpus in ${store.description}${adopted}`, {
    decision: "fatal",
    code: "no_corpus",
    hint: (call) => `make one first: ${call.again([])}`,
  });
}
