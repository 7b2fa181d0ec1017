/** SQL with its parameters apart, made by the `sql` tag. */
export type Statement = { readonly text: string; readonly values: readonly unknown[] };

/** Where statements run: a database, or a transaction of it. */
export interface Queryable {
  query<Row = Record<string, unknown>>(statement: Statement): Promise<Row[]>;
  /** Feeds `bytes` to a `COPY ... FROM STDIN (FORMAT binary)` into `table`. */
  copyIn(table: string, columns: readonly string[], bytes: Uint8Array): Promise<void>;
}

/** The seam of three verbs: `query`, `begin`, `copyIn`. One implementation for servers, one for the embedded database. */
export interface Database extends Queryable {
  /** For messages and the start line; no password in it. */
  readonly description: string;
  begin<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
