/** Which database a run uses, and which setting said so. */
export type DatabaseChoice = {
  /** For messages; no user's password. */
  readonly label: string;
  readonly chosenBy: string;
  /** What of the choice is not heeded. */
  readonly warnings?: readonly string[];
} & (
  | {
      readonly kind: "server";
      /** Names every part of the connection. May hold a password: never print it. */
      readonly url: string;
    }
  | {
      readonly kind: "embedded";
      /** Absolute. */
      readonly directory: string;
    }
);

/** SQL with its parameters apart, made by the `sql` tag. */
export type Statement = { readonly text: string; readonly values: readonly unknown[] };

/** Where statements run: a database, or a transaction of it. */
export interface Queryable {
  /**
   * The rows of one statement; `allRows` and `oneRow` give them types. Its parameters are strings, numbers, booleans,
   * null and arrays of strings, with casts in the text.
   */
  query(statement: Statement): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Statements that are done all or none. */
export interface Transaction extends Queryable {
  /** Feeds `bytes` to a `COPY ... FROM STDIN (FORMAT binary)` into `table`. */
  copyIn(table: string, columns: readonly string[], bytes: Uint8Array): Promise<void>;
}

/** Is told how much is done of a phase of an index build, as the database calls it. */
export type OnShare = (share: number, phase: string) => void;

/** A lock that a run holds: on a source by its name, on a part of one, or on the corpus (""). */
export type LockRequest = {
  readonly name: string;
  readonly shared: boolean;
  /** The name of another lock, without whose holders it is not shared. */
  readonly among?: string;
  /** What it locks, where its name does not say so. */
  readonly what?: string;
};

/**
 * The seam of three verbs: `query`, `begin`, and `copyIn` in a transaction. One implementation for servers, one for the embedded database;
 * what else they differ in is declared here. Errors that we expect are `IngestError`s, all others bugs of ours.
 */
export interface Database extends Queryable {
  /** For messages and the start line; no password in it. */
  readonly description: string;
  /** How much memory the build of an index may take, in MB. */
  readonly indexMemoryMbMax: number;
  /** Whether programs of others read the tables, by statements of their own: those want an index on vectors, however few they are. */
  readonly hasOtherReaders: boolean;
  /** False as long as there is no database to be asked (the embedded one before its first write). */
  exists(): Promise<boolean>;
  /** Makes the database, if it is ours to make. */
  create(): Promise<void>;
  /** Holds the locks until `close`; throws a `fatal` error that names the holder. `begin` runs only while they are held. */
  lock(requests: readonly LockRequest[]): Promise<void>;
  /** Gives locks back before `close`; true when somebody else has one of them. */
  release(requests: readonly LockRequest[]): Promise<boolean>;
  /** One transaction, rolled back when `work` throws. Rejects when it cannot be found out whether the COMMIT arrived: repeat it. */
  begin<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  /** Calls back with the share that is done of an index build on `table`, and of what phase, now and then, until the function that is returned is called. */
  watchIndexBuild(table: string, onShare: OnShare): () => void;
  /** Asks for the end of the statement that `begin` is at, if it can be ended; that rejects then. */
  cancel(): Promise<void>;
  /** Whether another process waits for this one to close it, or there is nothing left of it: never a server, which admits many. */
  isWanted(): boolean;
  close(): Promise<void>;
}
