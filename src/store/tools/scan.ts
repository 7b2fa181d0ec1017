import { z } from "zod";
import type { Database } from "../driver/database.ts";
import { allRows } from "../driver/rows.ts";
import { constant, ident, integer } from "../driver/sql.ts";

const PAGE_ROWS = 2_000;

export const scannedShape = z.object({
  sourceName: z.string(),
  sourceUrl: z.string(),
  displayUrl: z.string(),
  title: z.string(),
  docType: z.string(),
  generations: z.array(z.string()),
  contextHeader: z.string(),
  chunkIndex: z.int(),
  contentHash: z.string(),
  content: z.string(),
});
const rowShape = scannedShape.extend({ id: z.string() });

export type ScanOptions = {
  /** Else it is empty, and the database need not read it. */
  readonly withContent: boolean;
};

/** Every chunk of a table, page by page, in the order in which they came into it. */
export async function* scanChunks(
  database: Database,
  table: string,
  { withContent }: ScanOptions,
): AsyncGenerator<z.infer<typeof scannedShape>[]> {
  const content = constant(withContent ? "content" : "''");
  for (let last: string | undefined = "-1"; last !== undefined;) {
    const rows: z.infer<typeof rowShape>[] = await allRows(database, rowShape)`
      select id::text as id, source_name as "sourceName", source_url as "sourceUrl", display_url as "displayUrl", title,
        doc_type as "docType", generations, context_header as "contextHeader", chunk_index as "chunkIndex",
        content_hash as "contentHash",
        ${content} as content
      from ${ident(table)} c where c.id > ${last}::bigint order by c.id limit ${integer(PAGE_ROWS)}`;
    if (rows.length > 0) yield rows;
    last = rows.at(PAGE_ROWS - 1)?.id;
  }
}
