import type { ListedDocument, SourceContents } from "../store/store.ts";
import { printable } from "../text/printable.ts";
import { count, cut, size } from "../text/words.ts";
import { left, right, table } from "./table.ts";

/** What rows are called that were adopted from another tool, and are no source's. */
export const ADOPTED_NAME = "(adopted)";
/** Digits of a number of chunks that stand below each other. */
const CHUNKS_WIDTH = 6;
/** Less of a title says nothing. */
const TITLE_COLUMNS_MIN = 10;

/** The sources of a corpus, as a person reads them. */
export function sourceTable(sources: readonly SourceContents[], columns?: number): string {
  const hasIncomplete = sources.some(({ incomplete }) => incomplete > 0);
  const rows = sources.map(({ source, documents, incomplete, chunks, bytes }) => [
    printable(source) || ADOPTED_NAME,
    ...[count(documents), count(chunks), size(bytes)],
    ...(hasIncomplete ? [count(incomplete)] : []),
  ]);
  const titles = [...left("Source"), ...right("Documents", "Chunks", "Size", ...(hasIncomplete ? ["Incomplete"] : []))];
  return rows.length === 0 ? "" : table(titles, rows, { width: columns, dispensable: ["Size", "Chunks"] });
}

/** A document on a line: how many chunks it has, its address, and as much of its title as fits. */
export function documentLine({ sourceUrl, title, chunks, complete }: ListedDocument, columns = Infinity): string {
  const start = `${count(chunks).padStart(CHUNKS_WIDTH)}  ${printable(sourceUrl)}${complete ? "" : "  (incomplete)"}`;
  const room = columns - Bun.stringWidth(start) - 2;
  if (title === "" || room < TITLE_COLUMNS_MIN) return `${start}\n`;
  return `${start}  ${cut(printable(title), room, "…")}\n`;
}
