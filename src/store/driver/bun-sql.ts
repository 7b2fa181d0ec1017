import type { SQL } from "bun";
import type { Transaction } from "./database.ts";

/** A pool, a connection or a transaction of Bun's driver behind the seam. */
export function queryableOf(client: SQL): Transaction {
  return {
    async query({ text, values }) {
      return [...(await client.unsafe<Record<string, unknown>[]>(text, values.map(parameter)))];
    },
    async copyIn(table, columns, bytes) {
      const names = columns.map((column) => `"${column}"`).join(", ");
      const writer = client.unsafe(`copy "${table}" (${names}) from stdin (format binary)`).writable().getWriter();
      await writer.write(bytes);
      await writer.close();
    },
  };
}

/**
 * Without a name for its statement, Bun asks the server for the type of each array before it sends it, and waits for the
 * answer; a string it sends at once (Bun 1.4.5). The cast in the text makes it an array.
 */
function parameter(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return `{${value.map((item) => `"${String(item).replaceAll(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
