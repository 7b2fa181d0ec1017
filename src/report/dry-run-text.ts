import type { SourcePlan } from "../ingest/dry-run.ts";
import { count } from "../text/words.ts";
import { type Column, table } from "./table.ts";
import { printable } from "../text/printable.ts";

const COLUMNS: readonly Column[] = [
  { title: "Source", align: "left" },
  ...["Files", "Documents", "Added", "Kept", "Removed", "To embed", "Failed"].map((title): Column => ({
    title,
    align: "right",
  })),
];

/** The table of `--dry-run`: chunks a run would add, keep and remove, and texts it would embed. */
export function dryRunText(
  plans: readonly SourcePlan[],
  { columns }: { readonly columns?: number | undefined } = {},
): string {
  const rows = plans.map(({ source, files, documents, added, kept, removed, embedded, failed }) => [
    printable(source),
    ...[files, documents, added, kept, removed, embedded, failed].map(count),
  ]);
  return `\n${table(COLUMNS, rows, columns)}\nDry run: nothing was changed. Added, kept and removed count chunks.\n`;
}
