/** A piece of a document, of at most `chunk_size` tokens. Identified within its document by `contentHash`. */
export type Chunk = {
  /** What is embedded, behind the prefix of the model: context header, blank line, text. */
  readonly content: string;
  /** SHA-256 of `content`, hex. */
  readonly contentHash: string;
  /** `section path > title > heading path`. */
  readonly contextHeader: string;
  /** Position in the document, from 0. */
  readonly chunkIndex: number;
};
