/** Where text goes; a parameter, so that a test needs no terminal. */
export interface Output {
  write(text: string): void;
  /** Characters a line of the terminal holds; undefined for what is no terminal. */
  readonly columns?: number | undefined;
}
