import { type Clock, systemClock } from "../flow/clock.ts";
import { corpusStore } from "./corpus-store.ts";
import type { Database, DatabaseChoice } from "./driver/database.ts";
import { openEmbedded } from "./driver/embedded.ts";
import { openServer } from "./driver/server.ts";
import type { Store } from "./store.ts";

export type OpenDatabase = (
  choice: DatabaseChoice,
  clock: Clock,
  how: { readonly readsOnly: boolean },
) => Promise<Database>;

type OpenOptions = {
  /** Works on the shadow tables, which `swap` puts in the corpus's place. */
  readonly rebuild?: boolean;
  /** For how long after its last write an interrupted rebuild may be gone on with. */
  readonly shadowMsMax?: number | undefined;
  /** It is not written to: what a user may not do who only reads is not missed. */
  readonly readsOnly?: boolean;
  readonly clock?: Clock;
  readonly open?: OpenDatabase | undefined;
};

/** Opens the corpus in the chosen database, or throws a `fatal` error that says why not. Writes nothing before `prepare`. */
export async function openStore(
  choice: DatabaseChoice,
  { rebuild = false, shadowMsMax, readsOnly = false, clock = systemClock, open = openDatabase }: OpenOptions = {},
): Promise<Store> {
  return corpusStore(await open(choice, clock, { readsOnly }), { rebuild, shadowMsMax });
}

/** A server or the embedded database behind the seam. */
const openDatabase: OpenDatabase = (choice, clock, how) =>
  choice.kind === "server" ? openServer(choice, clock, how) : openEmbedded(choice, clock);
