import { z } from "zod";
import { fatalError } from "../../flow/errors.ts";
import type { Queryable } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { sql } from "../driver/sql.ts";
import { hasMeta } from "./meta.ts";

/** Keys of `ingest_meta`, before the name of a source, or before nothing for the corpus as a whole. */
const WRITER = "writer:";
const signatureShape = z.object({ name: z.string(), run: z.string() });

/** What a run works on. */
type Scope = { readonly sources: readonly string[]; readonly everything: boolean };

/**
 * A run's claim to be the only one that has changed its sources since it looked. Its locks see to that while their session
 * lives. A session may be lost, another run may come and go, and the locks be taken again: so each run that writes signs
 * its sources first, and writes no more where it finds another's signature.
 */
export class Claim {
  readonly #run = JSON.stringify(crypto.randomUUID());
  readonly #scope: Scope;
  readonly #description: string;
  readonly #found: ReadonlyMap<string, string>;

  private constructor(scope: Scope, description: string, found: ReadonlyMap<string, string>) {
    this.#scope = scope;
    this.#description = description;
    this.#found = found;
  }

  /** Made under the locks, and before anything is read. */
  static async make(queryable: Queryable, scope: Scope, description: string): Promise<Claim> {
    return new Claim(scope, description, await signatures(queryable));
  }

  /** Throws a `fatal` error when another run has written what is claimed. */
  async check(tx: Queryable): Promise<void> {
    const { sources, everything } = this.#scope;
    for (const [name, run] of await signatures(tx)) {
      const isOurs = run === this.#run || run === this.#found.get(name);
      if (isOurs || !(everything || name === "" || sources.includes(name))) continue;
      const what = name === "" ? "rebuilt the corpus" : `wrote source "${name}"`;
      const message = `another run ${what} in ${this.#description} while the connection of this one was lost; what this one had read before is out of date, and not stored`;
      throw fatalError("overtaken", message, "run again: it goes on from what that run has stored");
    }
  }

  /** A rebuild signs for the corpus. */
  readonly sign = async (tx: Queryable): Promise<void> => {
    const { sources, everything } = this.#scope;
    const keys = (everything ? [""] : sources).map((name) => WRITER + name);
    await tx.query(sql`
      insert into ingest_meta (key, value) select unnest(${keys}::text[]), ${this.#run}::text
      on conflict (key) do update set value = excluded.value where ingest_meta.value <> excluded.value`);
  };
}

async function signatures(queryable: Queryable): Promise<ReadonlyMap<string, string>> {
  if (!(await hasMeta(queryable))) return new Map();
  const found = await allRows(queryable, signatureShape)`
    select substr(key, length(${WRITER}::text) + 1) as name, value as run from ingest_meta
    where starts_with(key, ${WRITER}::text)`;
  return new Map(found.map(({ name, run }) => [name, run]));
}
