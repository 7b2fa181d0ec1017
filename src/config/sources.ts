/** One `[[sources]]` entry of `sources.toml`, checked. */
export type SourceEntry = {
  readonly name: string;
  readonly parser: string;
  /** As configured, relative to `dataDir`; files, directories or globs. */
  readonly paths: readonly string[];
  /** Absolute. */
  readonly dataDir: string;
  /** `generation_tag`, default `bbj`. */
  readonly generationTag: string;
  readonly enabled: boolean;
  readonly displayBase?: string;
  /** With the leading dot, lower case. */
  readonly extensions?: readonly string[];
  readonly pdfPassword?: string;
  /** Milliseconds between two requests to one host. */
  readonly rateLimitMs?: number;
  readonly pageLimit?: number;
};
