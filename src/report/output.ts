/** Where text goes; a parameter, so that a test needs no terminal. */
export interface Output {
  write(text: string): void;
  /** Characters a line of the terminal holds; undefined where it is none. */
  readonly columns?: number | undefined;
}
