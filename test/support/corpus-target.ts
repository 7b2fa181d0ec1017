import type { DatabaseChoice } from "../../src/store/driver/database.ts";
import { exists } from "../../src/store/driver/rows.ts";
import type { Lane } from "./databases.ts";
import { queryLines } from "./lines.ts";

/** A database for the executable to store in, which the test may look into while no run has it open. */
export type CorpusTarget = AsyncDisposable & {
  /** For `--database-url`. */
  readonly url: string;
  /** Every stored row, ids and timestamps aside, in a stable order; none without a table. */
  rows(): Promise<string[]>;
};

export async function corpusTarget<Choice extends DatabaseChoice>(lane: Lane<Choice>): Promise<CorpusTarget> {
  const { choice, drop } = await lane.create();
  return {
    url: choice.kind === "server" ? choice.url : `pglite:${choice.directory}`,
    async rows() {
      const database = await lane.open(choice);
      try {
        if (!(await exists(database)`select where to_regclass('chunks') is not null`)) return [];
        return await queryLines(
          database,
          `select (to_jsonb(c) - 'id' - 'created_at' - 'updated_at'
            || jsonb_build_object('embedding', md5(embedding::text)))::text as line
          from chunks c order by source_name, source_url, chunk_index, content_hash`,
        );
      } finally {
        await database.close();
      }
    },
    [Symbol.asyncDispose]: drop,
  };
}
