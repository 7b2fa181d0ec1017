import { chooseDatabase } from "../config/database-choice.ts";
import type { Flags } from "../config/flags.ts";
import type { Settings } from "../config/settings.ts";
import { IngestError } from "../flow/errors.ts";
import { openStore } from "../store/open-store.ts";
import type { ModelIdentity, Store } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import { readSettings } from "./read-config.ts";
import type { World } from "./world.ts";

/** Opens the corpus that a command reads, or changes, and closes it when `read` is done. */
export async function readCorpus(
  flags: Flags,
  world: World,
  read: (store: Store, settings: Settings) => Promise<void>,
  { readsOnly = true }: { readonly readsOnly?: boolean } = {},
): Promise<void> {
  const { settings, database } = readDatabaseChoice(flags, world);
  const store = await openStore(database, { readsOnly });
  try {
    await read(store, settings);
  } finally {
    await store.close();
  }
}

/** The settings of a command on the corpus, and where that is; what is odd about them is said. */
export function readDatabaseChoice(flags: Flags, world: Pick<World, "env" | "cwd" | "stderr">) {
  const { settings, origins, warnings } = readSettings(flags, world);
  const database = chooseDatabase(settings, origins, world);
  for (const warning of [...warnings, ...(database.warnings ?? [])]) {
    if (!flags.quiet) world.stderr.write(`warning: ${printable(warning)}\n`);
  }
  return { settings, database };
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
