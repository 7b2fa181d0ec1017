import type { Database } from "../driver/database.ts";
import { requireNoDependents } from "./dependents.ts";
import { hasTable, readMeta, sameIdentity, writeMeta } from "./meta.ts";
import { migrate } from "./migrations.ts";
import { bringUpToDate, inSchemaTransaction } from "./prepare.ts";
import { ident, sql } from "../driver/sql.ts";
import type { ModelIdentity } from "../store.ts";
import { SHADOW } from "./tables.ts";

/**
 * Makes the shadow tables, or goes on in those of an interrupted rebuild with the same model. The corpus is brought to
 * the newest schema, for rows may be carried over from it; one that is not ours yet is left alone.
 */
export async function prepareRebuild(database: Database, identity: ModelIdentity): Promise<void> {
  await inSchemaTransaction(database, async (tx, state) => {
    await requireNoDependents(tx, database.description);
    if (state.kind === "current") {
      await bringUpToDate(tx, state, { ...identity, dimensions: state.dimensions ?? identity.dimensions });
    }
    const { shadow } = await readMeta(tx);
    const version = shadow?.schemaVersion ?? 0;
    const { dimensions } = identity;
    if (sameIdentity(shadow, identity) && (await hasTable(tx, SHADOW.chunks))) {
      const schemaVersion = await migrate(tx, SHADOW, { version, dimensions });
      await writeMeta(tx, { shadow: { ...identity, schemaVersion } });
      return;
    }
    await tx.query(sql`drop table if exists ${ident(SHADOW.chunks)}, ${ident(SHADOW.documents)}`);
    const schemaVersion = await migrate(tx, SHADOW, { version: 0, dimensions });
    await writeMeta(tx, { shadow: { ...identity, schemaVersion } });
  });
}
