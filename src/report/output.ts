/** Where text goes; a parameter, so that a test needs no terminal. */
export interface Output {
  write(text: string): void;
  /** Resolves when the reader has taken what was written, or nearly: false when nobody reads any more. Left out: it always has. */
  taken?(): Promise<boolean>;
  /** Characters a line of the terminal holds; undefined for what is no terminal. */
  readonly columns?: number | undefined;
}
