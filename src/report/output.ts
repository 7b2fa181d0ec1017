/** Where text goes; a parameter, so that a test needs no terminal. */
export interface Output {
  write(text: string): void;
}
