import type { SQL } from "bun";
import type { Transaction } from "./database.ts";

/** A pool, a connection or a transaction of Bun's driver behind the seam. */
export function queryableOf(client: SQL): Transaction {
  return {
    async query({ text, values }) {
      return [...(await client.unsafe<Record<string, unknown>[]>(text, [...values]))];
    },
    async copyIn(table, columns, bytes) {
      const names = columns.map((column) => `"${column}"`).join(", ");
      const writer = client.unsafe(`copy "${table}" (${names}) from stdin (format binary)`).writable().getWriter();
      await writer.write(bytes);
      await writer.close();
    },
  };
}
