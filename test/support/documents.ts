import type { ChunkRow, DocumentWrite, Store } from "../../src/store/store.ts";

type Options = Partial<DocumentWrite["document"]> &
  Partial<Pick<DocumentWrite, "source" | "sourceType" | "complete">> & {
    readonly input?: Partial<DocumentWrite["input"]>;
  };

/** A document of chunks with these texts, each with its vector, as it is to stand in the store. */
export function written(sourceUrl: string, texts: readonly string[], options: Options = {}): DocumentWrite {
  const { source = "manual", sourceType = "Manual", complete = true, input, ...document } = options;
  return {
    source,
    sourceType,
    complete,
    document: {
      sourceUrl,
      title: "A title",
      docType: "concept",
      content: "",
      generations: ["bbj"],
      contextHeader: "Manual",
      deprecated: false,
      displayUrl: "",
      metadata: {},
      ...document,
    },
    input: { path: sourceUrl, fingerprint: "one", documents: 1, notes: [], ...input },
    rows: texts.map((text, index) => embedded(text, index)),
  };
}

/** The same document, with chunks that are there already. */
export function kept(write: DocumentWrite): DocumentWrite {
  return { ...write, rows: write.rows.map((row) => ({ ...row, vector: null })) };
}

export function embedded(text: string, chunkIndex = 0): ChunkRow {
  return {
    chunk: { content: text, contentHash: hashOf(text), contextHeader: "Manual", chunkIndex },
    vector: vectorOf(text),
  };
}

/** The rows of a chunk that was too long for the model, in parts with these texts. */
export function partsOf(whole: string, texts: readonly string[], chunkIndex = 0): ChunkRow[] {
  const metadata = { part_of: hashOf(whole), parts: texts.map(hashOf) };
  return texts.map((text) => ({ ...embedded(text, chunkIndex), metadata }));
}

export function hashOf(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}

/** A vector of 4 numbers that depends on the text alone; they print short. */
export function vectorOf(text: string): Float32Array {
  const bytes = new Bun.CryptoHasher("sha256").update(text).digest();
  return Float32Array.from({ length: 4 }, (_, index) => bytes.readInt8(index) / 8);
}

/** Hashes of a document that the store counts as its own, sorted as the texts are. */
export async function ownHashes(store: Store, write: DocumentWrite): Promise<string[]> {
  const { sourceUrl } = write.document;
  const { own } = await store.known(write.source, [{ sourceUrl, hashes: [] }]);
  return [...(own.get(sourceUrl) ?? [])].sort();
}
