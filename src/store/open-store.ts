import type { DatabaseChoice } from "../config/database-choice.ts";
import { type Clock, systemClock } from "../flow/clock.ts";
import { CorpusStore } from "./corpus-store.ts";
import { openEmbedded } from "./embedded.ts";
import { openServer } from "./server.ts";
import type { Store } from "./store.ts";

export type OpenOptions = {
  /** Works on the shadow tables, which `swap` puts in the corpus's place. */
  readonly rebuild?: boolean;
  readonly clock?: Clock;
};

/** Opens the corpus in the chosen database, or throws a `fatal` error that says why not. Writes nothing before `prepare`. */
export async function openStore(
  choice: DatabaseChoice,
  { rebuild = false, clock = systemClock }: OpenOptions = {},
): Promise<Store> {
  const database = choice.kind === "server" ? await openServer(choice, clock) : await openEmbedded(choice, clock);
  return new CorpusStore(database, { rebuild });
}
