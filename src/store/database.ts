/** SQL with its parameters apart, made by the `sql` tag. */
export type Statement = { readonly text: string; readonly values: readonly unknown[] };

/** Where statements run: a database, or a transaction of it. */
export interface Queryable {
  /** Rows of one statement; several statements in one text are allowed without parameters, and give no rows. */
  query<Row = Record<string, unknown>>(statement: Statement): Promise<Row[]>;
  /** Feeds `bytes` to a `COPY ... FROM STDIN (FORMAT binary)` into `table`. */
  copyIn(table: string, columns: readonly string[], bytes: Uint8Array): Promise<void>;
}

/** A lock that keeps runs of the same source, or any run and a rebuild, apart. */
export type LockRequest = { readonly name: string; readonly shared: boolean };

/** The seam of three verbs: `query`, `begin`, `copyIn`. One implementation for servers, one for the embedded database. */
export interface Database extends Queryable {
  /** For messages and the start line; no password in it. */
  readonly description: string;
  /** False as long as there is no database to be asked (the embedded one before its first write). */
  exists(): Promise<boolean>;
  /** Makes the database, if it is ours to make. */
  create(): Promise<void>;
  /** Holds the locks until `close`; throws a `fatal` error that names the holder. `begin` runs only while they are held. */
  lock(requests: readonly LockRequest[]): Promise<void>;
  begin<Result>(work: (tx: Queryable) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
