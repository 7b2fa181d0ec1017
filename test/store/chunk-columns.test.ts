import { expect, test } from "bun:test";
import { CHUNK_COLUMNS, IDENTITY, wordsApart } from "../../src/store/corpus/chunk-columns.ts";
import { onEveryLane } from "../support/databases.ts";
import { embedded, written } from "../support/documents.ts";

onEveryLane("the columns of chunks", ({ prepared, query }) => {
  test("each hold the value that is named like them", async () => {
    const corpus = await prepared({ identity: { provider: "lexical", model: "embedding_model", dimensions: 4 } });
    const write = written("source_url", [], {
      source: "source_name",
      sourceType: "source_type",
      title: "title",
      docType: "doc_type",
      generations: ["generations"],
      deprecated: true,
      displayUrl: "display_url",
      contextHeader: "context header of the document",
      metadata: { name: "metadata" },
    });
    const { vector } = embedded("embedding");
    const chunk = { content: "content", contentHash: "content_hash", contextHeader: "context_header", chunkIndex: 7 };
    await corpus.write([{ ...write, rows: [{ chunk, vector }] }]);
    const [row = {}] = await query("select c.*, c.embedding::text as embedding from chunks c");
    expect(row).toMatchObject({
      source_url: "source_url",
      title: "title",
      doc_type: "doc_type",
      content: "content",
      content_hash: "content_hash",
      context_header: "context_header",
      generations: ["generations"],
      deprecated: true,
      source_type: "source_type",
      display_url: "display_url",
      embedding: `[${vector?.join(",")}]`,
      metadata: { name: "metadata" },
      source_name: "source_name",
      chunk_index: 7,
      embedding_model: "embedding_model",
    });
    expect(Object.keys(row).sort()).toEqual(["id", ...CHUNK_COLUMNS.map(({ name }) => name)].sort());
  });

  test("that are a chunk's identity are a key in the order that readers' queries and old corpora know", () => {
    expect(IDENTITY).toEqual(["source_name", "source_url", "content_hash"]);
  });
});

onEveryLane("the words within names", ({ query }) => {
  test("are parted by ASCII punctuation, each character by a space, and by nothing else", async () => {
    const character = "chr(n)";
    const characters = `select n, ${character} as one, ${wordsApart(`'a' || ${character} || 'b'`)} as apart
      from generate_series(1, 66000) n where n not between 55296 and 57343`;
    const parted = await query(
      `select string_agg(one, '' order by n) as all from (${characters}) c where apart = 'a b'`,
    );
    expect(parted).toEqual([{ all: " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" }]);
    expect(await query(`select n from (${characters}) c where apart not in ('a b', 'a' || one || 'b')`)).toEqual([]);
    expect(await query(`select ${wordsApart("'<a--b>'")} as apart`)).toEqual([{ apart: " a  b " }]);
  });
});
