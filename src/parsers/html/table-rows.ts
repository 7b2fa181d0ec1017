import type { Element } from "hast";

/** Elements between a table and its rows. */
export const TABLE_SECTIONS: ReadonlySet<string> = new Set(["thead", "tbody", "tfoot"]);

/** The rows of a table, those of tables in its cells not among them. */
export function rowsOf(table: Element): Element[] {
  return table.children.flatMap((child) => {
    if (child.type !== "element") return [];
    if (child.tagName === "tr") return [child];
    return TABLE_SECTIONS.has(child.tagName) ? rowsOf(child) : [];
  });
}

export function cellsOf(row: Element): Element[] {
  return row.children.filter((cell): cell is Element => cell.type === "element" && /^t[dh]$/.test(cell.tagName));
}
