import { z } from "zod";
import { fatalError } from "../../flow/errors.ts";
import { type Part, partText, readPart } from "../../parsers/part.ts";
import type { Queryable } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { sql } from "../driver/sql.ts";
import { hasMeta } from "./meta.ts";
import type { RunScope } from "./run-locks.ts";

/** Keys of `ingest_meta`, before the name of a source, or before nothing for the corpus as a whole. */
const WRITER = "writer:";
/** The same, before the part of a source, a colon, and its name. */
const PART_WRITER = "part-writer:";
const signatureShape = z.object({ key: z.string(), run: z.string() });

type Signature = {
  readonly key: string;
  readonly run: string;
  readonly source: string;
  readonly part: Part | undefined;
};

/**
 * A run's claim to be the only one that has changed its sources, or its part of them, since it looked. Its locks see to that
 * while their session lives. A session may be lost, another run may come and go, and the locks be taken again: so each run
 * that writes signs its sources first, and writes no more where it finds another's signature.
 */
export class Claim {
  readonly #run = JSON.stringify(crypto.randomUUID());
  readonly #scope: RunScope;
  readonly #description: string;
  readonly #found: ReadonlyMap<string, Signature>;

  private constructor(scope: RunScope, description: string, found: readonly Signature[]) {
    this.#scope = scope;
    this.#description = description;
    this.#found = new Map(found.map((signature) => [signature.key, signature]));
  }

  /** Made under the locks, and before anything is read. */
  static async make(queryable: Queryable, scope: RunScope, description: string): Promise<Claim> {
    return new Claim(scope, description, await signatures(queryable));
  }

  /** Throws a `fatal` error when another run has written what is claimed. */
  async check(tx: Queryable): Promise<void> {
    for (const { key, run, source, part } of await signatures(tx)) {
      const isOurs = run === this.#run || run === this.#found.get(key)?.run;
      if (isOurs || !this.#claims(source, part)) continue;
      const written = part === undefined ? `source "${source}"` : `part ${partText(part)} of source "${source}"`;
      const what = source === "" ? "rebuilt the corpus" : `wrote ${written}`;
      const message = `another run ${what} in ${this.#description} while the connection of this one was lost; what this one had read before is out of date, and not stored`;
      throw fatalError("overtaken", message, "run again: it goes on from what that run has stored");
    }
  }

  #claims(source: string, part: Part | undefined): boolean {
    const { sources, part: own, everything } = this.#scope;
    if (everything || source === "") return true;
    if (!sources.includes(source)) return false;
    return own === undefined || part === undefined || own.count !== part.count || own.index === part.index;
  }

  /** A rebuild signs for the corpus. */
  readonly sign = async (tx: Queryable): Promise<void> => {
    const { sources, part, everything } = this.#scope;
    const prefix = part === undefined ? WRITER : `${PART_WRITER}${partText(part)}:`;
    const keys = (everything ? [""] : sources).map((name) => prefix + name);
    await tx.query(sql`
      insert into ingest_meta (key, value) select unnest(${keys}::text[]), ${this.#run}::text
      on conflict (key) do update set value = excluded.value where ingest_meta.value <> excluded.value`);
    // A source that is split in another way from now on, or not at all, needs the signatures of those parts no more.
    const old = [...this.#found.values()].filter(
      ({ source, part: other }) => sources.includes(source) && other !== undefined && other.count !== part?.count,
    );
    if (old.length > 0)
      await tx.query(sql`delete from ingest_meta where key = any (${old.map(({ key }) => key)}::text[])`);
  };
}

async function signatures(queryable: Queryable): Promise<readonly Signature[]> {
  if (!(await hasMeta(queryable))) return [];
  const found = await allRows(queryable, signatureShape)`
    select key, value as run from ingest_meta
    where starts_with(key, ${WRITER}::text) or starts_with(key, ${PART_WRITER}::text)`;
  return found.map(({ key, run }) => {
    if (key.startsWith(WRITER)) return { key, run, source: key.slice(WRITER.length), part: undefined };
    const [part = ""] = key.slice(PART_WRITER.length).split(":", 1);
    return { key, run, source: key.slice(PART_WRITER.length + part.length + 1), part: readPart(part) };
  });
}
